import { describe, expect, it } from 'vitest'
import { cidr, formatCidr } from '../base/cidr.ts'
import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import { SEC } from '../base/time.ts'
import type { ApiObject, ConfigMap, Event, Node, Pod } from '../api/kinds/types.ts'
import { linkNamed } from '../kernel/netns/netns.ts'
import { sysctl } from '../kernel/sysctl/sysctl.ts'
import { TestCluster } from '../testkit/cluster.ts'
import { addonsOf } from '../../scenario/addons/addons.ts'
import { parseManifest } from '../../manifest/parse.ts'
import { ADDON_NAMES } from '../../scenario/types.ts'

const CLUSTER = {
  version: '1.35',
  podCIDR: cidr('10.244.0.0/16'),
  serviceCIDR: cidr('10.96.0.0/12'),
  dnsDomain: 'cluster.local',
  addons: ADDON_NAMES,
}

const objectsIn = (text: string): ApiObject[] =>
  parseManifest(text).documents.flatMap((d) => (d.object ? [d.object] : []))
const ADDONS = addonsOf(CLUSTER).flatMap((addon) => objectsIn(addon.text))

const WEB = objectsIn(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: nginx, image: "nginx:1.29", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  containers:
    - {name: client, image: "nicolaka/netshoot:v0.14", command: [sleep, infinity]}
`)

const boot = (...extra: readonly ApiObject[]): TestCluster =>
  new TestCluster({ objects: [...ADDONS, ...extra] }).settle()
const withConfig = (name: string, key: string, edit: (text: string) => string): readonly ApiObject[] =>
  ADDONS.map((object) => {
    if (object.kind !== 'ConfigMap' || object.metadata.name !== name) return object
    const map = object as ConfigMap
    return { ...map, data: { ...map.data, [key]: edit(map.data![key]!) } }
  })

const events = (c: TestCluster, name: string): string[] =>
  c.api
    .ofKind<Event>('Event')
    .flatMap((e) => (e.involvedObject.name?.startsWith(name) ? [`${e.reason}: ${e.message}`] : []))

/** Routes of the main table as `ip route` prints them. */
function routes(c: TestCluster, netns: number): string[] {
  const rows = c.kernel.t.routeByNetns
    .at(netns)
    .rows()
    .filter((row) => row.table === 254)
  return rows.map((r) => {
    const to = r.len === 0 ? 'default' : formatCidr({ addr: r.dst, len: r.len })
    const via = r.via === 0 ? '' : ` via ${formatIpv4(r.via)}`
    const kernel = r.proto === 2 ? ' proto kernel scope link' : ''
    const src = r.src === 0 ? '' : ` src ${formatIpv4(r.src)}`
    return `${to}${via} dev ${c.kernel.t.link.get(r.dev)!.name}${kernel}${src}${r.onlink ? ' onlink' : ''}`
  })
}

const pod = (c: TestCluster, ref: string): Pod => {
  const found = c.api.get<Pod>(ref)
  if (!found.ok) throw new Error(found.error.message)
  return found.value
}

describe('a cluster that has booted', () => {
  const c = boot(...WEB)

  it("has every node and pod ready, each pod in its node's range", () => {
    for (const node of c.api.ofKind<Node>('Node')) {
      expect(node.status?.conditions?.map((x) => `${x.type}=${x.status}`)).toEqual([
        'NetworkUnavailable=False',
        'MemoryPressure=False',
        'DiskPressure=False',
        'PIDPressure=False',
        'Ready=True',
      ])
      expect(node.spec?.taints?.map((taint) => taint.key) ?? []).toEqual(
        node.metadata.name === 'cp1' ? ['node-role.kubernetes.io/control-plane'] : [],
      )
    }
    expect(c.pods().length).toBe(16)
    for (const p of c.pods()) {
      expect(p.status?.phase, p.metadata.name).toBe('Running')
      expect(
        p.status?.conditions?.every((x) => x.status === 'True'),
        p.metadata.name,
      ).toBe(true)
      const node = c.api.peek<Node>(`Node/${p.spec.nodeName}`)!
      if (p.spec.hostNetwork) expect(p.status?.podIP).toBe(node.status?.addresses?.[0]?.address)
      else expect(p.status?.podIP?.startsWith(node.spec!.podCIDR!.replace(/0\/24$/, ''))).toBe(true)
    }
  })

  it("has flannel's routes, neighbours and forwarding entries for the other nodes", () => {
    const netns = c.netns('node1')
    const { t } = c.kernel
    expect(routes(c, netns)).toEqual([
      'default via 192.168.10.1 dev eth0',
      '10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink',
      '10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1',
      '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink',
      '192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.11',
    ])
    const vxlan = t.link.get(linkNamed(c.kernel, netns, 'flannel.1'))!
    expect(vxlan).toMatchObject({ mtu: 1450, up: true, vxlan: { vni: 1, port: 8472, learning: false } })
    const macOf = (node: string): string => formatMac(t.link.get(linkNamed(c.kernel, c.netns(node), 'flannel.1'))!.mac)
    const neighbours = t.neighByLink
      .at(vxlan.id)
      .rows()
      .map((n) => `${formatIpv4(n.ip)} lladdr ${formatMac(n.mac)} ${n.state}`)
    expect(neighbours.sort()).toEqual([
      `10.244.0.0 lladdr ${macOf('cp1')} PERMANENT`,
      `10.244.2.0 lladdr ${macOf('node2')} PERMANENT`,
    ])
    const fdb = t.fdbByTable
      .at(vxlan.id)
      .rows()
      .map((f) => `${formatMac(f.mac)} dst ${formatIpv4(f.dst)} ${f.state}`)
    expect(fdb.sort()).toEqual(
      [`${macOf('cp1')} dst 192.168.10.10 permanent`, `${macOf('node2')} dst 192.168.10.12 permanent`].sort(),
    )
    const annotations = c.api.peek<Node>('Node/node2')!.metadata.annotations!
    expect(annotations['flannel.alpha.coreos.com/backend-data']).toBe(`{"VNI":1,"VtepMAC":"${macOf('node2')}"}`)
    expect(annotations['flannel.alpha.coreos.com/public-ip']).toBe('192.168.10.12')
    expect(c.files.read('node1', '/run/flannel/subnet.env')).toBe(
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
    )
  })

  it('has the rules of kubelet, kube-proxy and flannel, in the order of a real node', () => {
    const nat = c.rules('node1', 'nat')
    expect(nat.filter((rule) => / (PREROUTING|OUTPUT|POSTROUTING) /.test(rule))).toEqual([
      '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
      '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
    ])
    expect(nat.filter((rule) => rule.includes('default/web')).length).toBe(2 + 3 + 2 * 3)
    const filter = c.rules('node1', 'filter')
    expect(filter.filter((rule) => rule.startsWith('-A INPUT')).map((rule) => rule.split(' -j ')[1])).toEqual([
      'KUBE-PROXY-FIREWALL',
      'KUBE-NODEPORTS',
      'KUBE-EXTERNAL-SERVICES',
      'KUBE-FIREWALL',
    ])
    expect(filter.filter((rule) => rule.startsWith('-A FORWARD')).map((rule) => rule.split(' -j ')[1])).toEqual([
      'KUBE-PROXY-FIREWALL',
      'KUBE-FORWARD',
      'KUBE-SERVICES',
      'KUBE-EXTERNAL-SERVICES',
      'FLANNEL-FWD',
    ])
    expect(sysctl(c.kernel, c.netns('node1'), 'net.netfilter.nf_conntrack_max')).toBe('131072')
  })

  it('knows of every row for which object it is, and who wrote it', () => {
    const { t } = c.kernel
    const netns = c.netns('node1')
    const chainOf = (why: number): string[] => {
      const actors = []
      for (let id = why; id !== 0; id = c.world.causes.get(id)!.parent) actors.push(c.world.causes.get(id)!.actor)
      return actors
    }
    const route = t.route.keys().find((key) => t.route.get(key)!.onlink && t.route.get(key)!.netns === netns)!
    expect(t.route.entry(route)!.subject).toContain('Node/cp1')
    expect(chainOf(t.route.entry(route)!.cause)[0]).toBe('flanneld@node1')
    const dnat = t.netfilter
      .get(`${netns}/nat`)!
      .table.chains.flatMap((chain) => chain.rules)
      .find((rule) => rule.text.includes('default/web') && rule.target?.t === 'DNAT')!
    expect(dnat.subject.map((ref) => ref.split('/')[0])).toEqual(
      expect.arrayContaining(['Service', 'EndpointSlice', 'Pod']),
    )
    expect(chainOf(dnat.cause)[0]).toBe('kube-proxy@node1')
    expect(chainOf(dnat.cause)).toContain('endpointslice-controller')
    const port = t.linkByMaster.at(linkNamed(c.kernel, netns, 'cni0')).keys()[0]!
    expect(t.link.entry(port)!.subject[0]).toMatch(/^Pod\//)
    expect(chainOf(t.link.entry(port)!.cause)[0]).toBe('containerd@node1')
  })

  it('answers a request by name, through a Service', () => {
    const answer = c.exec('Pod/default/client', ['curl', '-s', 'http://web'])
    expect(answer.code).toBe(0)
    expect(answer.stdout).toContain('Welcome to nginx')
  })

  it('tells the story of a pod', () => {
    const name = c.pods('app=web')[0]!.metadata.name
    expect(
      events(c, name)
        .map((text) => text.split(':')[0]!)
        .filter((reason) => reason !== 'FailedScheduling'),
    ).toEqual(expect.arrayContaining(['Scheduled', 'Created', 'Started']))
    expect(
      c.files.read(
        c.agents.kubelets.t.containerByPod.at(c.pods('app=web')[0]!.metadata.uid!).first()!.id,
        '/etc/resolv.conf',
      ),
    ).toBe('search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n')
  })

  it('stays as it is while only time passes', () => {
    const c2 = boot(...WEB)
    const before = c2.rules('node1', 'nat')
    const rulesBefore = c2.kernel.t.netfilter.entry(`${c2.netns('node1')}/nat`)
    c2.run(60 * SEC)
    expect(c2.rules('node1', 'nat')).toEqual(before)
    expect(c2.kernel.t.netfilter.entry(`${c2.netns('node1')}/nat`)).toBe(rulesBefore)
    expect(c2.sim.settled).toBe(true)
    for (const node of c2.api.ofKind<Node>('Node'))
      expect(node.status?.conditions?.find((x) => x.type === 'Ready')?.status).toBe('True')
  })

  it('is the same again after going back and running on', () => {
    const c3 = new TestCluster({ objects: [...ADDONS, ...WEB] })
    c3.settle()
    const hash = c3.world.hash()
    const marks = c3.sim.marks.length
    c3.sim.seek(c3.sim.marks[Math.floor(marks / 2)]!.journal)
    c3.sim.fork()
    c3.settle()
    expect(c3.sim.marks.length).toBe(marks)
    expect(c3.world.hash()).toBe(hash)
  })
})

describe('changes', () => {
  it('a deleted pod gives everything back, and its successor takes the next address', () => {
    const c = boot(...WEB)
    const victim = c.pods('app=web')[0]!
    const node = victim.spec.nodeName!
    c.api.delete(`Pod/default/${victim.metadata.name}`, 'you')
    c.settle()
    expect(c.api.peek(`Pod/default/${victim.metadata.name}`)).toBe(undefined)
    const held = c.files.list(node, '/var/lib/cni/networks/cbr0')
    expect(held.some((path) => path.endsWith(`/${victim.status!.podIP}`))).toBe(false)
    expect(c.pods('app=web').length).toBe(3)
    expect(
      c.pods('app=web').every((p) => p.status?.conditions?.find((x) => x.type === 'Ready')?.status === 'True'),
    ).toBe(true)
    const now = c.pods().filter((p) => p.spec.nodeName === node && !p.spec.hostNetwork).length
    expect(c.kernel.t.netnsByHost.at(node).size).toBe(now + 1)
    expect(c.kernel.t.linkByMaster.at(linkNamed(c.kernel, c.netns(node), 'cni0')).size).toBe(now)
    expect(c.rules('node1', 'nat').some((rule) => rule.includes(`${victim.status!.podIP}:80`))).toBe(false)
    expect(c.pods().map((p) => p.status?.podIP)).not.toContain(victim.status!.podIP)
  })

  it('PID 1 that does not catch TERM is killed when the grace period is over', () => {
    const c = boot(...WEB)
    const at = c.sim.now
    c.api.delete('Pod/default/client', 'you')
    c.settle()
    expect(c.api.peek('Pod/default/client')).toBe(undefined)
    expect(c.sim.now - at).toBeGreaterThanOrEqual(30 * SEC)
    expect(c.sim.now - at).toBeLessThan(33 * SEC)
  })

  it('without kube-proxy the rules stay as they were', () => {
    const c = boot(...WEB)
    c.api.delete('DaemonSet/kube-system/kube-proxy', 'you')
    c.settle()
    expect(c.pods('k8s-app=kube-proxy')).toEqual([])
    const before = c.rules('node1', 'nat')
    expect(before.some((rule) => rule.includes('default/web'))).toBe(true)
    c.api.patch('Deployment/default/web', { spec: { replicas: 1 } }, 'you')
    c.settle()
    c.run(60 * SEC)
    expect(c.rules('node1', 'nat')).toEqual(before)
  })

  it('a flannel pod that dies comes back to the same device, and traffic goes on', () => {
    const c = boot(...WEB)
    const device = c.kernel.t.link.get(linkNamed(c.kernel, c.netns('node1'), 'flannel.1'))!
    for (const p of c.pods('app=flannel')) c.api.delete(`Pod/kube-flannel/${p.metadata.name}`, 'you')
    c.settle()
    expect(c.pods('app=flannel').length).toBe(3)
    expect(c.kernel.t.link.get(linkNamed(c.kernel, c.netns('node1'), 'flannel.1'))).toEqual(device)
    expect(c.exec('Pod/default/client', ['curl', '-s', 'http://web']).code).toBe(0)
  })

  it("a node that leaves the cluster is forgotten by the others' flannel", () => {
    const c = boot()
    c.api.delete('Node/node2', 'you')
    c.settle()
    expect(routes(c, c.netns('node1')).some((route) => route.startsWith('10.244.2.0/24'))).toBe(false)
  })

  it("rules that somebody flushed come back: flannel's within 5 s, kube-proxy's within 30 s", () => {
    const c = boot(...WEB)
    const key = `${c.netns('node1')}/nat`
    const before = c.rules('node1', 'nat')
    c.world.delete(c.kernel.t.netfilter, key)
    c.run(5 * SEC)
    expect(c.rules('node1', 'nat').some((rule) => rule.includes('FLANNEL'))).toBe(true)
    c.run(30 * SEC)
    expect(c.rules('node1', 'nat').sort()).toEqual(before.sort())
  })

  it('scales: rules follow the endpoints', () => {
    const c = boot(...WEB)
    c.api.patch('Deployment/default/web', { spec: { replicas: 5 } }, 'you')
    c.settle()
    for (const p of c.pods('app=web')) {
      expect(c.rules('node2', 'nat').some((rule) => rule.includes(`${p.status!.podIP}:80`))).toBe(true)
    }
  })
})

describe('what goes wrong', () => {
  it("a broken net-conf.json is a crash loop with flanneld's own words, and pods without a network", () => {
    const c = new TestCluster({
      objects: withConfig('kube-flannel-cfg', 'net-conf.json', (text) =>
        text.replace('"EnableNFTables"', 'EnableNFTables'),
      ),
    })
    c.settle()
    c.run(60 * SEC)
    const flannel = c.pods('app=flannel')[0]!
    const status = flannel.status!.containerStatuses![0]!
    expect(status.state?.waiting?.reason).toBe('CrashLoopBackOff')
    expect(status.restartCount).toBeGreaterThan(2)
    expect(c.logs(`Pod/kube-flannel/${flannel.metadata.name}`, 'kube-flannel')).toContain(
      "Failed to create SubnetManager: error parsing subnet config: invalid character 'E' looking for beginning of object key string",
    )
    expect(
      events(c, flannel.metadata.name).some((text) =>
        text.startsWith('BackOff: Back-off restarting failed container kube-flannel'),
      ),
    ).toBe(true)
    const dns = c.pods('k8s-app=kube-dns')[0]!
    expect(dns.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ContainerCreating')
    expect(events(c, dns.metadata.name).join('\n')).toMatch(
      /FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "[0-9a-f]{64}": plugin type="flannel" failed \(add\): loadFlannelSubnetEnv failed: open \/run\/flannel\/subnet.env: no such file or directory/,
    )
  })

  it('without a network add-on nodes are not ready, and say why', () => {
    const c = new TestCluster({ objects: ADDONS.filter((object) => object.metadata.namespace !== 'kube-flannel') })
    c.settle()
    const ready = c.api.peek<Node>('Node/node1')!.status!.conditions!.find((x) => x.type === 'Ready')!
    expect(ready).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    })
    expect(c.pods('k8s-app=kube-dns').every((p) => p.status?.phase === 'Pending' && !p.spec.nodeName)).toBe(true)
    expect(c.pods('k8s-app=kube-proxy').every((p) => p.status?.phase === 'Running')).toBe(true)
  })

  it('a proxy mode that is not modelled says so and crashes', () => {
    const c = new TestCluster({
      objects: withConfig('kube-proxy', 'config.conf', (text) => text.replace('mode: iptables', 'mode: ipvs')),
    })
    c.settle()
    const proxy = c.pods('k8s-app=kube-proxy')[0]!
    expect(c.logs(`Pod/kube-system/${proxy.metadata.name}`)).toMatch(/not modelled yet.*ipvs/)
    expect(
      proxy.status!.containerStatuses![0]!.lastState?.terminated?.exitCode ??
        proxy.status!.containerStatuses![0]!.state?.terminated?.exitCode,
    ).toBe(1)
  })

  it('a command that is not there, a missing ConfigMap, a failing init container', () => {
    const c = boot(
      ...objectsIn(`
apiVersion: v1
kind: Pod
metadata: {name: nocommand}
spec: {containers: [{name: c, image: busybox, command: [no-such-thing]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nomap}
spec:
  containers: [{name: c, image: nginx, volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, configMap: {name: absent}}]
---
apiVersion: v1
kind: Pod
metadata: {name: noenv}
spec: {containers: [{name: c, image: nginx, envFrom: [{configMapRef: {name: absent}}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: badinit}
spec:
  restartPolicy: Never
  initContainers: [{name: i, image: busybox, command: ["false"]}]
  containers: [{name: c, image: nginx}]
---
apiVersion: v1
kind: Pod
metadata: {name: once}
spec:
  restartPolicy: Never
  containers: [{name: c, image: busybox, command: [echo, hello]}]
`),
    )
    expect(events(c, 'nocommand').join('\n')).toContain(
      'exec: "no-such-thing": executable file not found in $PATH: unknown',
    )
    expect(pod(c, 'Pod/default/nocommand').status!.containerStatuses![0]!.state?.waiting?.reason).toBe(
      'CrashLoopBackOff',
    )
    expect(events(c, 'nomap')).toContain(
      'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "absent" not found',
    )
    expect(pod(c, 'Pod/default/noenv').status!.containerStatuses![0]!.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "absent" not found',
    })
    expect(pod(c, 'Pod/default/badinit').status).toMatchObject({
      phase: 'Failed',
      initContainerStatuses: [{ state: { terminated: { exitCode: 1 } } }],
    })
    expect(pod(c, 'Pod/default/once').status).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
    })
    expect(c.logs('Pod/default/once')).toBe('hello\n')
    c.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'absent', namespace: 'default' },
      data: { key: 'value' },
    })
    c.settle()
    c.run(60 * SEC)
    expect(pod(c, 'Pod/default/nomap').status?.phase).toBe('Running')
    expect(pod(c, 'Pod/default/noenv').status?.phase).toBe('Running')
    expect(c.exec('Pod/default/nomap', ['cat', '/v/key']).stdout).toBe('value')
  })
})

describe('containers', () => {
  it('have environment, mounts, host ports and probes', () => {
    const c = boot(
      ...objectsIn(`
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: blue, app.conf: "listen 8080"}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {token: s3cret}
---
apiVersion: v1
kind: Pod
metadata: {name: full, labels: {app: full}}
spec:
  nodeName: node1
  containers:
    - name: web
      image: nginx
      ports: [{name: http, containerPort: 80, hostPort: 8080}]
      env:
        - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: keys, key: token}}}
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        - {name: TEXT, value: "$(COLOR) on $(NODE)"}
        - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
      readinessProbe: {httpGet: {port: http}, periodSeconds: 1}
      livenessProbe: {tcpSocket: {port: 80}}
      volumeMounts:
        - {name: conf, mountPath: /etc/app}
        - {name: scratch, mountPath: /scratch}
    - name: side
      image: busybox
      command: [sh, -c, "echo shared > /scratch/note; sleep 1000000"]
      volumeMounts: [{name: scratch, mountPath: /scratch}]
  volumes:
    - {name: conf, configMap: {name: settings}}
    - {name: scratch, emptyDir: {}}
`),
    )
    const full = pod(c, 'Pod/default/full')
    expect(full.status?.conditions?.find((x) => x.type === 'Ready')?.status).toBe('True')
    const env = c.exec('Pod/default/full', ['env']).stdout.split('\n')
    expect(env).toEqual(
      expect.arrayContaining([
        'COLOR=blue',
        'TOKEN=s3cret',
        'NODE=node1',
        'TEXT=blue on node1',
        'CPUS=4',
        'KUBERNETES_SERVICE_HOST=10.96.0.1',
        'HOSTNAME=full',
      ]),
    )
    expect(c.exec('Pod/default/full', ['cat', '/etc/app/app.conf']).stdout).toBe('listen 8080')
    expect(c.exec('Pod/default/full', ['cat', '/scratch/note']).stdout).toBe('shared\n')
    expect(c.exec('Pod/default/full', ['cat', '/etc/hosts']).stdout).toContain(`${full.status?.podIP}\tfull\n`)
    expect(
      c
        .rules('node1', 'nat')
        .some((rule) => rule.includes(`--to-destination ${full.status?.podIP}:80`) && rule.startsWith('-A CNI-DN-')),
    ).toBe(true)
    c.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: { color: 'red', 'app.conf': 'listen 9090' },
    })
    c.settle()
    expect(c.exec('Pod/default/full', ['cat', '/etc/app/app.conf']).stdout).toBe('listen 9090')
  })

  it('a pod that does not answer its readiness probe is no endpoint, one that fails its liveness probe is restarted', () => {
    const c = boot(
      ...objectsIn(`
apiVersion: v1
kind: Pod
metadata: {name: unready, labels: {app: probe}}
spec: {containers: [{name: c, image: nginx, readinessProbe: {httpGet: {port: 81}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: unhealthy, labels: {app: probe}}
spec:
  terminationGracePeriodSeconds: 5
  containers: [{name: c, image: nginx, livenessProbe: {exec: {command: ["false"]}, periodSeconds: 1}}]
---
apiVersion: v1
kind: Service
metadata: {name: probe}
spec: {selector: {app: probe}, ports: [{port: 80}]}
`),
    )
    const unready = pod(c, 'Pod/default/unready')
    expect(unready.status?.conditions?.find((x) => x.type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [c]',
    })
    const ip = unready.status!.podIP
    expect(events(c, 'unready')).toContain(
      `Unhealthy: Readiness probe failed: Get "http://${ip}:81/": dial tcp ${ip}:81: connect: connection refused`,
    )
    expect(c.rules('node1', 'nat').some((rule) => rule.includes(`${ip}:80`))).toBe(false)
    c.run(30 * SEC)
    expect(pod(c, 'Pod/default/unhealthy').status!.containerStatuses![0]!.restartCount).toBeGreaterThan(0)
    expect(events(c, 'unhealthy')).toContain('Killing: Container c failed liveness probe, will be restarted')
  })
})
