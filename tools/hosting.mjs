// The headers that a host should send with each file: one table, converted to the file formats of several hosts.
//
//     node tools/hosting.mjs     regenerates docs/hosting/, which has the files that are not in dist/
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Content security policy of the page itself; headers add the directives that only they may contain. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  ...['style', 'connect', 'img', 'manifest', 'worker'].map((kind) => `${kind}-src 'self'`),
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

// A file with a content hash in its name may be cached forever, any other is revalidated, and errors are not
// cached: a hashed file that is missing during a deployment exists a minute later.
const HASHED = '-[0-9a-f]{16}(_bg)?\\.[a-z0-9]+$';
const FOR_EVER = 'public, max-age=31536000, immutable';
const LOOK_FIRST = 'no-cache';
const NEVER = 'no-store';

/** Headers of every response. */
export const ALWAYS = {
  // Any site may frame the page: it has no account that clickjacking could misuse. Narrow `frame-ancestors` if you
  // like.
  'Content-Security-Policy': `${POLICY}; frame-ancestors *`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // A sandboxed frame has no origin: without these headers it could load neither script nor engine.
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

const lines = (entries, line) => Object.entries(entries).map(([name, value]) => line(name, value));

/**
 * Returns the file for Netlify and Cloudflare Pages. They combine overlapping rules, so each path has only one rule
 * for its caching. Only existing files have one: both hosts publish a version as a whole, and send their own short
 * caching with errors.
 */
const netlify = (names) =>
  [
    '# Netlify and Cloudflare Pages read this file where it is the root of the site.',
    '/*',
    ...lines(ALWAYS, (name, value) => `  ${name}: ${value}`),
    ...['/', ...names].flatMap((name) => {
      const isHashed = new RegExp(HASHED).test(name);
      return [name.replace(/^\/?/, '/'), `  Cache-Control: ${isHashed ? FOR_EVER : LOOK_FIRST}`];
    }),
    '',
  ].join('\n');

/** Media type of each kind of published file, by its extension. A build with any other kind fails. */
const TYPES = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  wasm: 'application/wasm',
  svg: 'image/svg+xml',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain',
  png: 'image/png',
};
/** Kinds of files that are also published compressed. A PNG is already compressed. */
const COMPRESSED_TYPES = Object.fromEntries(Object.entries(TYPES).filter(([ending]) => ending !== 'png'));
/** Returns whether a file is also published compressed. */
export const isCompressed = (name) => name.split('.').at(-1) in COMPRESSED_TYPES;

const apache = () => `# Apache reads this file in place, in any folder, where AllowOverride allows FileInfo, Indexes and Options.
DirectoryIndex index.html
<IfModule mod_mime.c>
${lines(TYPES, (ending, type) => `  AddType ${type} .${ending}`).join('\n')}
  AddEncoding br .br
  AddEncoding gzip .gz
  RemoveLanguage .br
</IfModule>
<IfModule mod_headers.c>
${lines(ALWAYS, (name, value) => `  Header always set ${name} "${value}"`).join('\n')}
  # Without \`always\`: not with an error, which has a line of its own.
  Header set Cache-Control "${LOOK_FIRST}"
  <FilesMatch "-[0-9a-f]{16}(_bg)?\\.[a-z0-9]+(\\.br|\\.gz)?$">
    Header set Cache-Control "${FOR_EVER}"
  </FilesMatch>
  Header always set Cache-Control "${NEVER}" "expr=%{REQUEST_STATUS} -ge 400"
  Header merge Vary Accept-Encoding
</IfModule>
# What lies compressed beside a file is sent instead of it.
<IfModule mod_rewrite.c>
  RewriteEngine On
  RewriteCond %{HTTP:Accept-Encoding} \\bbr\\b
  RewriteCond %{REQUEST_FILENAME}.br -f
  RewriteRule ^(.+)$ $1.br [L,E=no-gzip:1,E=no-brotli:1]
  RewriteCond %{HTTP:Accept-Encoding} \\bgzip\\b
  RewriteCond %{REQUEST_FILENAME}.gz -f
  RewriteRule ^(.+)$ $1.gz [L,E=no-gzip:1]
</IfModule>
${lines(COMPRESSED_TYPES, (ending, type) => `<FilesMatch "\\.${ending}\\.(br|gz)$">\n  ForceType ${type}\n</FilesMatch>`).join('\n')}
`;

const nginx = () => `# nginx: a file for /etc/nginx/conf.d/. /srv/mesh-playground is a copy of dist/, /playground any path.
# For .br the module ngx_brotli is needed (Debian: libnginx-mod-http-brotli-static); without it remove the line
# \`brotli_static\`. In a server of your own, take \`map\` beside it and both \`location\` into it.
map "$status $uri" $mesh_playground_cache {
    default "${NEVER}";
    "~^(200|206|304) .*${HASHED}" "${FOR_EVER}";
    "~^[23]" "${LOOK_FIRST}";
}

server {
    listen 80;
    server_name example.org;

    location = /playground {
        absolute_redirect off;
        return 302 /playground/$is_args$args;
    }

    location /playground/ {
        alias /srv/mesh-playground/;
        index index.html;
        gzip_static on;
        gzip_vary on;
        brotli_static on;
        types {
${lines(TYPES, (ending, type) => `            ${type} ${ending};`).join('\n')}
        }
${lines(ALWAYS, (name, value) => `        add_header ${name} "${value}" always;`).join('\n')}
        add_header Cache-Control $mesh_playground_cache always;
    }
}
`;

const caddy = () => `# Caddy 2: /srv/mesh-playground is a copy of dist/, /playground any path.
example.org {
	@slashless path /playground
	redir @slashless /playground/?{query}
	handle_path /playground/* {
		root * /srv/mesh-playground
		header {
${lines(ALWAYS, (name, value) => `\t\t\t${name} "${value}"`).join('\n')}
		}
		# Only what is there: a header set here would go out with an error, too.
		@hashed {
			path_regexp ${HASHED}
			file
		}
		@named not path_regexp ${HASHED}
		@manifest path *.webmanifest
		header @hashed Cache-Control "${FOR_EVER}"
		header @named Cache-Control "${LOOK_FIRST}"
		header @manifest Content-Type application/manifest+json
		# Last, in the place of what the file server says of it: nothing where it sends a file as it is.
		header {
			Vary Accept-Encoding
			defer
		}
		file_server {
			precompressed br gzip
		}
	}
	handle_errors {
		header Cache-Control "${NEVER}"
		respond "{err.status_code} {err.status_text}"
	}
}
`;

/**
 * Returns CloudFront's response headers policy, the error settings of a distribution, and the upload commands. Each
 * object of the bucket has its own caching header, because a policy would also send it with errors.
 */
const cloudFront = () => {
  const { 'Content-Security-Policy': policy, 'Referrer-Policy': referrer, ...rest } = ALWAYS;
  const custom = Object.entries(rest).filter(([name]) => /^(Permissions|Cross)/.test(name));
  const upload = (cache, choice) =>
    `aws s3 sync dist/ s3://BUCKET/playground/ --exclude "*" ${choice} --exclude "*.br" --exclude "*.gz" --cache-control "${cache}"`;
  return `${JSON.stringify(
    {
      about:
        '`policy`: for `aws cloudfront create-response-headers-policy --cli-input-json`. `behavior` and `errors`: members of ' +
        "the distribution's DefaultCacheBehavior and CustomErrorResponses. `upload`: in this order, so that no page names what " +
        'is not there yet; then invalidate /playground/*. cloudfront-function.js: for viewer requests of that behaviour.',
      policy: {
        ResponseHeadersPolicyConfig: {
          Name: 'mesh-playground',
          CorsConfig: {
            AccessControlAllowOrigins: { Quantity: 1, Items: ['*'] },
            AccessControlAllowHeaders: { Quantity: 1, Items: ['*'] },
            AccessControlAllowMethods: { Quantity: 2, Items: ['GET', 'HEAD'] },
            AccessControlAllowCredentials: false,
            OriginOverride: true,
          },
          SecurityHeadersConfig: {
            ContentSecurityPolicy: { ContentSecurityPolicy: policy, Override: true },
            ContentTypeOptions: { Override: true },
            ReferrerPolicy: { ReferrerPolicy: referrer, Override: true },
          },
          CustomHeadersConfig: {
            Quantity: custom.length,
            Items: custom.map(([Header, Value]) => ({ Header, Value, Override: true })),
          },
        },
      },
      // The managed policy CachingOptimized: obeys Cache-Control, and caches br, gzip and plain responses separately.
      behavior: { Compress: true, CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6' },
      errors: {
        Quantity: 2,
        Items: [403, 404].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
      },
      upload: [
        upload(FOR_EVER, `--include "*-${'[0-9a-f]'.repeat(16)}.*" --include "*_bg.wasm"`),
        upload(LOOK_FIRST, '--include "lang/*" --include "licenses.txt" --include "recover.js"'),
        upload(LOOK_FIRST, '--include "manifest.webmanifest" --content-type application/manifest+json'),
        upload(LOOK_FIRST, '--include "index.html" --include "sw.js"'),
      ],
    },
    null,
    2,
  )}\n`;
};

const cloudFrontFunction = () => `// CloudFront, as a function for viewer requests: the page at the folder, and the folder where its slash is missing.
var FOLDER = '/playground';

function handler(event) {
  var request = event.request;
  if (request.uri === FOLDER + '/') request.uri = FOLDER + '/index.html';
  if (request.uri !== FOLDER) return request;
  var query = Object.keys(request.querystring).map(function (name) {
    var given = request.querystring[name];
    var values = given.multiValue || [given];
    return values.map(function (one) { return one.value === '' ? name : name + '=' + one.value; }).join('&');
  });
  return {
    statusCode: 302,
    statusDescription: 'Found',
    headers: { location: { value: FOLDER + '/' + (query.length ? '?' + query.join('&') : '') } },
  };
}
`;

const HEADER_FILES = ['_headers', '.htaccess'];

/** Writes the files that hosts read from the published folder. */
export function headerFiles(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1).replaceAll('\\', '/'))
    .filter((name) => !HEADER_FILES.includes(name))
    .sort();
  const unknown = names.filter((name) => !/\.(br|gz)$/.test(name) && !(name.split('.').at(-1) in TYPES));
  if (unknown.length) throw new Error(`no type for ${unknown.join(', ')}: add the ending to TYPES in tools/hosting.mjs`);
  writeFileSync(join(folder, '_headers'), netlify(names));
  writeFileSync(join(folder, '.htaccess'), apache());
}

/** Files for the hosts that read them from elsewhere, by name. */
export const HOSTS = {
  'nginx.conf': nginx(),
  Caddyfile: caddy(),
  'cloudfront.json': cloudFront(),
  'cloudfront-function.js': cloudFrontFunction(),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(HOSTS)) {
    const file = fileURLToPath(new URL(`../docs/hosting/${name}`, import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
