// The heaviest work that a visitor can give the page, and a recorder of its long tasks: for heavy.test.mjs and
// tools/bench-tasks.mjs.

const node = (name, more = {}) => ({
  meshName: 'heavy',
  virtualNodeName: name,
  spec: { listeners: [{ portMapping: { port: 9080, protocol: 'http' } }], serviceDiscovery: { dns: { hostname: `${name}.local` } }, ...more },
});
const mesh = (more = {}) => ({ meshName: 'heavy', ...more });
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const list = (count, make) => JSON.stringify([mesh(), ...many(count, make)]);

/** A CloudFormation template of about 777 kB: each virtual node refers to others. */
function template() {
  const properties = (i) => `      MeshName: !GetAtt Mesh.MeshName
      VirtualNodeName: !Sub "node-${i}-\${AWS::Region}"
      Spec:
        Listeners:
          - PortMapping: {Port: ${1000 + i}, Protocol: http}
            HealthCheck:
              HealthyThreshold: 2
              IntervalMillis: 5000
              Path: /ping
              Protocol: http
              TimeoutMillis: 2000
              UnhealthyThreshold: 2
        ServiceDiscovery:
          DNS:
            Hostname: !Join [".", [node-${i}, default, svc, cluster, local]]
`;
  const resources = many(1400, (i) => `  Node${i}:\n    Type: AWS::AppMesh::VirtualNode\n    Properties:\n${properties(i)}`);
  return `Resources:\n  Mesh:\n    Type: AWS::AppMesh::Mesh\n    Properties:\n      MeshName: heavy\n${resources.join('')}`;
}

/** Returns Kubernetes manifests for `kubectl apply -f`. */
export const manifests = () =>
  many(1000, (i) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: s${i}\n  namespace: default\nspec:\n  ports:\n    - port: 80\n      name: http\n  selector: {app: a${i}}\n`).join('---\n');

/** Documents for the dialog *Open*, each with the expected report, or the reason why it is not opened. */
export const DOCUMENTS = [
  ['4,000 times the same node', () => list(4000, () => node('n')), /^2 created, 0 updated, 3999 unchanged, 0 refused/],
  ['4,000 nodes', () => list(4000, (i) => node(`n${i}`)), /^4001 created/],
  ['10,000 refused nodes', () => list(10_000, (i) => ({ meshName: 'none', virtualNodeName: `n${i}`, spec: {} })), /^1 created.* 10000 refused/],
  [
    '20,000 updates of one mesh',
    () => list(20_000, (i) => mesh({ spec: { egressFilter: { type: i % 2 ? 'DROP_ALL' : 'ALLOW_ALL' } } })),
    /^1 created, 20000 updated/,
  ],
  ['a template of 777 kB', template, /^1401 created/],
  ['150,000 unknown keys', () => many(150_000, (i) => `k${i}: 1\n`).join(''), /neither a CloudFormation template/],
  ['1.9 MB of commas', () => `[${','.repeat(1_900_000)}`, /more than 200000 values/],
  ['2 MB of nested lists', () => `a: ${'[[[[[[[['.repeat(20_000)}`, /levels deep|recursion/],
];

/** Lines for the terminal, each with the expected output. */
export const LINES = [
  ["jq -n '[range(3000)] as $x | $x | map(. as $y | $x | index($y)) | length'", /./],
  ["seq 9999 | xargs -n1 -I{} sh -c 'seq 9999'", /./],
  ["jq -n '[range(100000)] | sort_by(-.) | length'", /./],
  ["jq -n 'reduce range(1000000) as $i (0; . + $i)'", /./],
  ['for i in $(seq 9999); do echo $i $i $i; done', /./],
  ['while true; do :; done', /./],
  ['kubectl apply -f manifests.yaml', /./],
  ['aws cloudformation deploy --stack-name heavy --template-file template.yaml', /./],
  ['cat template.yaml template.yaml template.yaml | grep -c Port', /./],
  ["seq 9999 | sed 's/1/2/g' | sort | uniq -c | sort -rn | head -3", /./],
];

export const heavyTemplate = template;

const stored = (kind, name, spec) => ({
  createdAt: 1, kind, lastUpdatedAt: 1, mesh: 'm', meshOwner: '123456789012', name, resourceOwner: '123456789012', spec, uid: 'u', version: 1,
});
/** Document of a small playground. */
export const SMALL = JSON.stringify({
  account: '123456789012',
  accounts: ['123456789012'],
  environment: { cloudMap: [], defaultRetries: true, dns: [], interceptsIpv6: true, tasks: [] },
  format: 'mesh-playground',
  region: 'us-west-2',
  resources: [stored('Mesh', 'm', {}), stored('VirtualNode', 'a', {}), stored('VirtualNode', 'b', {})],
  version: 1,
});

/** Returns entries of `count` projects for the browser's storage, each with this document; the last one is open. */
export const entries = (count, document) =>
  Object.fromEntries([
    ['mesh-playground/open', `p${String(count - 1).padStart(8, '0')}`],
    ...many(count, (i) => [`mesh-playground/project/p${String(i).padStart(8, '0')}/1-test`, `{"name":"Project ${i}","saved":${1_700_000_000_000 + i}}\n${document}`]),
  ]);

/** Runs in the page: records its long tasks (50 ms or more). */
export function recordTasks() {
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
}

/** Returns the longest task of the page while `run` runs, in milliseconds; 0 if there was none of 50 ms or more. */
export async function longestTask(tab, run) {
  const settle = () => tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100))));
  await settle();
  await tab.evaluate(() => void (window.longTasks = []));
  await run();
  await settle();
  return tab.evaluate(() => Math.max(0, ...window.longTasks));
}
