// What a host should send with each file: one table, written out for the hosts that read such files.
//
//     node tools/hosting.mjs     refreshes docs/hosting/, which has the ones that do not lie in dist/
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The policy of the page itself; headers add what only they may say. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  ...['style', 'connect', 'img', 'manifest', 'worker'].map((kind) => `${kind}-src 'self'`),
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const HASHED = '-[0-9a-f]{16}(_bg)?\\.[a-z0-9]+$';
const FOR_EVER = 'public, max-age=31536000, immutable';
const LOOK_FIRST = 'no-cache';

/** Sent with everything. */
const ALWAYS = {
  // Anybody may frame the page: it has no account that could be clicked into. Narrow `frame-ancestors` if you like.
  'Content-Security-Policy': `${POLICY}; frame-ancestors *`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // A sandboxed frame is of no origin: without these it could load neither script nor engine.
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

const lines = (entries, line) => Object.entries(entries).map(([name, value]) => line(name, value));

/** Netlify and Cloudflare Pages. Rules of theirs that overlap add up, so each path has one for its caching. */
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

const apache = () => `# Apache reads this file in place, in any folder, where AllowOverride allows FileInfo, Indexes and Options.
DirectoryIndex index.html
<IfModule mod_mime.c>
  AddType application/wasm .wasm
  AddType application/manifest+json .webmanifest
  AddType text/javascript .js
  AddEncoding br .br
  AddEncoding gzip .gz
  RemoveLanguage .br
</IfModule>
<IfModule mod_headers.c>
${lines(ALWAYS, (name, value) => `  Header always set ${name} "${value}"`).join('\n')}
  Header set Cache-Control "${LOOK_FIRST}"
  <FilesMatch "-[0-9a-f]{16}(_bg)?\\.[a-z0-9]+(\\.br|\\.gz)?$">
    Header set Cache-Control "${FOR_EVER}"
  </FilesMatch>
  Header append Vary Accept-Encoding
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
<FilesMatch "\\.html\\.(br|gz)$">
  ForceType text/html
</FilesMatch>
<FilesMatch "\\.js\\.(br|gz)$">
  ForceType text/javascript
</FilesMatch>
<FilesMatch "\\.css\\.(br|gz)$">
  ForceType text/css
</FilesMatch>
<FilesMatch "\\.wasm\\.(br|gz)$">
  ForceType application/wasm
</FilesMatch>
<FilesMatch "\\.svg\\.(br|gz)$">
  ForceType image/svg+xml
</FilesMatch>
<FilesMatch "\\.json\\.(br|gz)$">
  ForceType application/json
</FilesMatch>
<FilesMatch "\\.webmanifest\\.(br|gz)$">
  ForceType application/manifest+json
</FilesMatch>
`;

const nginx = () => `# nginx: inside \`server { ... }\`; /srv/mesh-playground is a copy of dist/, /playground/ any path.
# For .br the module ngx_brotli is needed; without it remove the line \`brotli_static\`.
location /playground/ {
    alias /srv/mesh-playground/;
    index index.html;
    gzip_static on;
    brotli_static on;
    types {
        text/html html;
        text/css css;
        text/javascript js;
        application/wasm wasm;
        application/json json;
        application/manifest+json webmanifest;
        image/svg+xml svg;
        image/png png;
    }
${lines(ALWAYS, (name, value) => `    add_header ${name} "${value}" always;`).join('\n')}
    add_header Cache-Control $mesh_playground_cache always;
}

# And this inside \`http { ... }\`:
# map $uri $mesh_playground_cache {
#     default "${LOOK_FIRST}";
#     "~${HASHED}" "${FOR_EVER}";
# }
`;

const caddy = () => `# Caddy 2: /srv/mesh-playground is a copy of dist/, /playground any path.
example.org {
	redir /playground /playground/
	handle_path /playground/* {
		root * /srv/mesh-playground
		header {
${lines(ALWAYS, (name, value) => `\t\t\t${name} "${value}"`).join('\n')}
		}
		@hashed path_regexp ${HASHED}
		@named not path_regexp ${HASHED}
		@manifest path *.webmanifest
		header @hashed Cache-Control "${FOR_EVER}"
		header @named Cache-Control "${LOOK_FIRST}"
		header @manifest Content-Type application/manifest+json
		file_server {
			precompressed br gzip
		}
	}
}
`;

/** CloudFront's response headers policies; S3 itself has only what each object is uploaded with. */
const cloudFront = () => {
  const { 'Content-Security-Policy': policy, 'Referrer-Policy': referrer, ...rest } = ALWAYS;
  const custom = Object.entries(rest).filter(([name]) => /^(Permissions|Cross)/.test(name));
  const policyOf = (name, cache) => ({
    ResponseHeadersPolicyConfig: {
      Name: `mesh-playground-${name}`,
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
        Quantity: custom.length + 1,
        Items: [...custom, ['Cache-Control', cache]].map(([Header, Value]) => ({ Header, Value, Override: true })),
      },
    },
  });
  const about =
    'Two response headers policies for `aws cloudfront create-response-headers-policy --cli-input-json`: `hashed` for the ' +
    'cache behaviours of *-????????????????.* and *_bg.wasm, `page` for the default one. Upload with the right ' +
    'Content-Type (.wasm application/wasm, .webmanifest application/manifest+json), and let CloudFront compress.';
  return `${JSON.stringify({ about, page: policyOf('page', LOOK_FIRST), hashed: policyOf('hashed', FOR_EVER) }, null, 2)}\n`;
};

/** Puts into a built folder the files that hosts read there. */
export function headerFiles(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1).replaceAll('\\', '/'))
    .sort();
  writeFileSync(join(folder, '_headers'), netlify(names));
  writeFileSync(join(folder, '.htaccess'), apache());
}

/** The files for the hosts that read theirs elsewhere, by name. */
export const HOSTS = { 'nginx.conf': nginx(), Caddyfile: caddy(), 'cloudfront.json': cloudFront() };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(HOSTS)) {
    const file = fileURLToPath(new URL(`../docs/hosting/${name}`, import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
