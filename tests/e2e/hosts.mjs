// The web servers with a ready-made header file, each started on its own port with that file.
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOSTS } from '../../tools/hosting.mjs';
import { DIST } from './server.mjs';

const FOLDER = '/srv/mesh-playground';
const isRoot = process.getuid?.() === 0;
// The system's servers, or else those unpacked by tools/install.sh.
const UNPACKED = join(process.env.MESH_PLAYGROUND_TOOLS ?? join(homedir(), '.cache/mesh-playground'), 'servers');
const first = (...files) => ['', UNPACKED].flatMap((place) => files.map((file) => place + file)).find((file) => existsSync(file));
/** Replaces a string that must be present. */
const replaced = (text, old, fresh) => {
  if (!text.includes(old)) throw new Error(`no ${old} in a ready-made file`);
  return text.replaceAll(old, fresh);
};

const BROTLI = ['/usr/lib/nginx/modules/ngx_http_brotli_static_module.so', '/usr/share/nginx/modules/ngx_http_brotli_static_module.so'];
const APACHE_MODULES = first('/usr/lib/apache2/modules', '/usr/lib64/httpd/modules');

/**
 * Each server has its program (undefined if it is not installed) and whether it can send .br; `configure` returns its
 * command line.
 */
export const SERVERS = [
  {
    name: 'nginx',
    program: first('/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'),
    hasBrotli: Boolean(first(...BROTLI)),
    configure({ root, work, port }) {
      const module = first(...BROTLI);
      let shipped = replaced(HOSTS['nginx.conf'], FOLDER, root);
      shipped = replaced(shipped, 'listen 80;', `listen 127.0.0.1:${port};`);
      // As the first lines of the file instruct.
      if (!module) shipped = replaced(shipped, '        brotli_static on;\n', '');
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${work}/${kind};`);
      writeFileSync(join(work, 'nginx.conf'), `${module ? `load_module ${module};` : ''}
${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${work}/pid;
error_log ${work}/log;
events {}
http { access_log off; ${temporary.join(' ')} include ${work}/shipped.conf; }
`);
      writeFileSync(join(work, 'shipped.conf'), shipped);
      return ['-e', join(work, 'log'), '-c', join(work, 'nginx.conf')];
    },
  },
  {
    name: 'Caddy',
    program: first('/usr/bin/caddy', '/usr/local/bin/caddy'),
    hasBrotli: true,
    configure({ root, work, port }) {
      const shipped = replaced(replaced(HOSTS.Caddyfile, FOLDER, root), 'example.org {', `http://127.0.0.1:${port} {`);
      writeFileSync(join(work, 'Caddyfile'), `{\n\tadmin off\n\tauto_https off\n}\n${shipped}`);
      return ['run', '--adapter', 'caddyfile', '--config', join(work, 'Caddyfile')];
    },
  },
  {
    name: 'Apache',
    program: first('/usr/sbin/apache2', '/usr/sbin/httpd'),
    hasBrotli: true,
    configure({ root, work, port }) {
      const modules = ['mpm_event', 'authz_core', 'alias', 'dir', 'headers', 'mime', 'rewrite'];
      // The .htaccess file is in the served folder.
      writeFileSync(join(work, 'apache.conf'), `${modules.map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`).join('\n')}
ServerRoot ${work}
ServerName 127.0.0.1
DefaultRuntimeDir ${work}
PidFile ${work}/pid
ErrorLog ${work}/log
${isRoot ? 'User www-data\nGroup www-data' : ''}
TypesConfig ${work}/mime.types
Listen 127.0.0.1:${port}
Alias /playground ${root}
<Directory ${root}>
  AllowOverride FileInfo Indexes Options
  Require all granted
</Directory>
`);
      writeFileSync(join(work, 'mime.types'), 'text/html html\ntext/css css\ntext/javascript js\napplication/json json\nimage/svg+xml svg\nimage/png png\n');
      return ['-D', 'FOREGROUND', '-f', join(work, 'apache.conf')];
    },
  },
];

/** Returns a port that is free now. */
const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const answers = (port) =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), done(true)));
    socket.on('error', () => done(false));
  });

/** Starts a server on a copy of dist/; it stops with the test. Returns the page's address and its folder. */
export async function start(t, { program, configure, name }) {
  const work = mkdtempSync(join(tmpdir(), 'mesh-playground-host-'));
  // Servers started by root drop privileges, and must still be able to read it.
  chmodSync(work, 0o755);
  const root = join(work, 'dist');
  cpSync(DIST, root, { recursive: true });
  mkdirSync(join(work, 'logs'));
  const port = await freePort();
  const libraries = ['x86_64', 'aarch64'].map((processor) => join(UNPACKED, `usr/lib/${processor}-linux-gnu`)).join(':');
  const own = { HOME: work, XDG_DATA_HOME: work, XDG_CONFIG_HOME: work, LD_LIBRARY_PATH: libraries };
  const child = spawn(program, configure({ root, work, port }), { env: { ...process.env, ...own } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const ended = new Promise((done) => child.on('exit', done));
  t.after(async () => {
    child.kill();
    await ended;
    rmSync(work, { recursive: true });
  });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${name} does not start: ${said}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return { url: `http://127.0.0.1:${port}/playground/`, root };
}

/** Removes files and their compressed variants from a folder. Returns a function that restores them. */
export function without(root, names) {
  const all = names.flatMap((name) => ['', '.br', '.gz'].map((end) => name + end)).filter((name) => existsSync(join(root, name)));
  for (const name of all) rmSync(join(root, name));
  return () => all.forEach((name) => copyFileSync(join(DIST, name), join(root, name)));
}
