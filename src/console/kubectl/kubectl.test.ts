import { describe, expect, it } from 'vitest'
import type { Deployment, Node, Pod } from '../../core/api/kinds/types.ts'
import { SEC } from '../../core/base/time.ts'
import { testCluster } from '../testing/cluster.ts'
import { pollFollower } from '../follow/poll.ts'
import type { Follower } from '../follow/follower.ts'

const out = (line: string): string => {
  const result = testCluster().run(line)
  expect(result).toMatchObject({ kind: 'done', exit: 0 })
  return result.stdout
}

describe('kubectl get', () => {
  it('prints tables, wide ones, and names', () => {
    expect(out('kubectl get pods')).toBe(
      'NAME    READY   STATUS    RESTARTS   AGE\nweb-1   1/1     Running   0          10s\n',
    )
    expect(out('kubectl get po -o wide').split('\n')[1]).toBe(
      'web-1   1/1     Running   0          10s   10.244.1.2   node1   <none>           <none>',
    )
    expect(out('kubectl get svc,deploy')).toBe(
      'NAME                 TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\n' +
        'service/kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP   10s\n' +
        'service/web          ClusterIP   10.96.0.80   <none>        80/TCP    10s\n\n' +
        'NAME                  READY   UP-TO-DATE   AVAILABLE   AGE\ndeployment.apps/web   0/1     0            0           10s\n',
    )
    expect(out('kubectl get pods,svc web-1 -o name --ignore-not-found')).toBe('pod/web-1\n')
    expect(out('kubectl get pods -A --no-headers')).toBe('default   web-1   1/1   Running   0     10s\n')
    expect(out('kubectl get pods --show-labels')).toContain('AGE   LABELS\n')
    expect(out('kubectl get po -l app=web -L app')).toContain(
      'AGE   APP\nweb-1   1/1     Running   0          10s   web\n',
    )
  })

  it('prints any field', () => {
    expect(out('kubectl get pod web-1 -o jsonpath={.status.podIP}')).toBe('10.244.1.2')
    expect(out("kubectl get pods -o jsonpath='{.items[*].metadata.name}'")).toBe('web-1')
    expect(out('kubectl get pods -o custom-columns=NAME:.metadata.name,IP:.status.podIP')).toBe(
      'NAME    IP\nweb-1   10.244.1.2\n',
    )
    expect(out('kubectl get svc web -o yaml')).toMatch(/^apiVersion: v1\nkind: Service\nmetadata:\n/)
    expect(out('kubectl get svc -o json')).toContain('"kind": "List"')
    expect(out('kubectl get svc --sort-by=.metadata.name -o name')).toBe('service/kubernetes\nservice/web\n')
  })

  it.each([
    ['kubectl get pods x', 'Error from server (NotFound): pods "x" not found\n', 1],
    ['kubectl get foo', 'error: the server doesn\'t have a resource type "foo"\n', 1],
    ['kubectl get cm', 'No resources found in default namespace.\n', 0],
    ['kubectl get cm -A', 'No resources found\n', 0],
    ['kubectl get crd', 'No resources found\n', 0],
    ['kubectl get pods -n nowhere', 'No resources found in nowhere namespace.\n', 0],
    [
      'kubectl get pod/web-1 web',
      "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'\n",
      1,
    ],
    ['kubectl get pods --foo', "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n", 1],
    ['kubectl get pods -A web-1', 'error: a resource cannot be retrieved by name across all namespaces\n', 1],
    [
      'kubectl get pods -o foo',
      'error: unable to match a printer suitable for the output format "foo", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml\n',
      1,
    ],
    [
      'kubectl logs',
      "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples\n",
      1,
    ],
    ['kubectl exec', 'error: pod, type/name or --filename must be specified\n', 1],
    ['kubectl exec web-1', 'error: you must specify at least one command for the container\n', 1],
    ['kubectl apply', 'error: must specify one of -f and -k\n', 1],
    ['kubectl apply -f nofile.yaml', 'error: the path "nofile.yaml" does not exist\n', 1],
    ['kubectl delete pod', 'error: resource(s) were provided, but no name was specified\n', 1],
    ['kubectl label pod web-1 app=x', "error: 'app' already has a value (web), and --overwrite is false\n", 1],
    ['kubectl cordon', "error: USAGE: cordon NODE [flags]\nSee 'kubectl cordon -h' for help and examples\n", 1],
    ['kubectl top pods', 'error: Metrics API not available\n', 1],
    ['kubectl wait pod/web-1', 'error: unrecognized condition: ""\n', 1],
    [
      'kubectl rollout',
      "error: a subcommand is required: history, pause, restart, resume, status, undo\nSee 'kubectl rollout -h' for help and examples\n",
      1,
    ],
    ['kubectl foo', 'error: unknown command "foo" for "kubectl"\n\nDid you mean this?\n\ttop\n\n', 1],
  ])('%s', (line, stderr, exit) => {
    expect(testCluster().run(line)).toMatchObject({ stderr, exit })
  })

  it('remembers the namespace of the context', () => {
    const cluster = testCluster()
    cluster.run('kubectl config set-context --current --namespace=kube-system')
    expect(cluster.run('kubectl get pods').stderr).toBe('No resources found in kube-system namespace.\n')
    expect(cluster.run('kubectl -n default get pods -o name').stdout).toBe('pod/web-1\n')
  })
})

describe('kubectl describe', () => {
  it('a Service', () => {
    expect(out('kubectl describe svc web')).toBe(`Name:                     web
Namespace:                default
Labels:                   <none>
Annotations:              <none>
Selector:                 app=web
Type:                     ClusterIP
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.96.0.80
IPs:                      10.96.0.80
Port:                     <unset>  80/TCP
TargetPort:               80/TCP
Endpoints:                <none>
Session Affinity:         None
Internal Traffic Policy:  Cluster
Events:                   <none>
`)
  })

  it('a Pod', () => {
    const text = out('kubectl describe pod web')
    expect(text).toContain(`Node:             node1/192.168.10.11
Start Time:       Thu, 01 Jan 2026 00:00:01 +0000
Labels:           app=web
Annotations:      <none>
Status:           Running
IP:               10.244.1.2
IPs:
  IP:  10.244.1.2
Containers:
  nginx:
    Container ID:   containerd://c1
    Image:          nginx:1.29
    Image ID:       sha256:1
    Port:           80/TCP
    Host Port:      0/TCP
    State:          Running
      Started:      Thu, 01 Jan 2026 00:00:02 +0000
    Ready:          True
    Restart Count:  0
    Environment:    <none>
    Mounts:         <none>
Conditions:
  Type           Status
  Ready          True 
Volumes:         <none>
QoS Class:       BestEffort
Node-Selectors:  <none>
`)
  })

  it('every kind, without failing', () => {
    const cluster = testCluster()
    for (const kind of ['ns', 'node', 'deploy', 'sa', 'ep', 'endpointslices', 'pc']) {
      expect(cluster.run(`kubectl describe ${kind}`)).toMatchObject({ exit: 0 })
      expect(cluster.run(`kubectl describe ${kind}`).stdout).toMatch(/^Name: /)
    }
  })
})

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n'

describe('kubectl changes things', () => {
  it('apply: created, unchanged, configured; and what is wrong', () => {
    const cluster = testCluster()
    expect(cluster.run('kubectl apply -f -', CONFIG).stdout).toBe('configmap/c created\n')
    expect(cluster.run('kubectl apply -f -', CONFIG).stdout).toBe('configmap/c unchanged\n')
    expect(cluster.run('kubectl apply -f -', CONFIG.replace('b', 'c')).stdout).toBe('configmap/c configured\n')
    expect(cluster.run('kubectl apply -f -', CONFIG.replace('\ndata', '\ndota')).stderr).toMatch(
      /^Error from server \(BadRequest\): error when applying patch from "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dota"/,
    )
    expect(cluster.run('kubectl apply -f -', CONFIG.replace('ConfigMap', 'Foo')).stderr).toBe(
      'error: resource mapping not found for name: "c" namespace: "" from "STDIN": no matches for kind "Foo" in version "v1"\nensure CRDs are installed first\n',
    )
    expect(cluster.run('kubectl apply -f -', '').stderr).toBe('error: no objects passed to apply\n')
  })

  it('create, run, expose', () => {
    const cluster = testCluster()
    expect(cluster.run('kubectl create deployment api --image=nginx --replicas=2 --port=80').stdout).toBe(
      'deployment.apps/api created\n',
    )
    expect(cluster.run('kubectl create deployment api --image=nginx').stderr).toBe(
      'error: failed to create deployment: deployments.apps "api" already exists\n',
    )
    expect(cluster.run('kubectl create service nodeport api --tcp=80:8080 --node-port=30080').stdout).toBe(
      'service/api created\n',
    )
    expect(cluster.run('kubectl get svc api').stdout).toMatch(/api {4}NodePort {3}\S+ +<none> {8}80:30080\/TCP {3}0s/)
    expect(cluster.run('kubectl run box --image=busybox --restart=Never -- sleep 100').stdout).toBe('pod/box created\n')
    expect(cluster.api.peek<Pod>('Pod/default/box')!.spec.containers[0]!.args).toEqual(['sleep', '100'])
    expect(cluster.run('kubectl expose deployment api --port=81 --name=front').stdout).toBe('service/front exposed\n')
    expect(cluster.run('kubectl create ns x').stdout).toBe('namespace/x created\n')
    expect(cluster.run('kubectl create ns x').stderr).toBe(
      'Error from server (AlreadyExists): namespaces "x" already exists\n',
    )
    expect(cluster.run('kubectl create cm m --from-literal=a=b -o yaml --dry-run=client').stdout).toBe(
      'apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  name: m\n',
    )
  })

  it('scale, set image, rollout restart, patch', () => {
    const cluster = testCluster()
    const spec = (): Deployment['spec'] => cluster.api.peek<Deployment>('Deployment/default/web')!.spec
    expect(cluster.run('kubectl scale deploy web --replicas=3').stdout).toBe('deployment.apps/web scaled\n')
    expect(spec().replicas).toBe(3)
    expect(cluster.run('kubectl set image deploy/web nginx=nginx:1.30').stdout).toBe(
      'deployment.apps/web image updated\n',
    )
    expect(spec().template.spec.containers[0]!.image).toBe('nginx:1.30')
    expect(cluster.run('kubectl set image deploy/web x=y').stderr).toBe('error: unable to find container named "x"\n')
    expect(cluster.run('kubectl rollout restart deploy web').stdout).toBe('deployment.apps/web restarted\n')
    expect(cluster.run(`kubectl patch deploy web -p '{"spec":{"replicas":2}}'`).stdout).toBe(
      'deployment.apps/web patched\n',
    )
    expect(cluster.run(`kubectl patch deploy web -p '{"spec":{"replicas":2}}'`).stdout).toBe(
      'deployment.apps/web patched (no change)\n',
    )
    expect(
      cluster.run(`kubectl patch svc web --type=json -p '[{"op":"replace","path":"/spec/ports/0/port","value":8080}]'`)
        .stdout,
    ).toBe('service/web patched\n')
    expect(cluster.run('kubectl get svc web -o jsonpath={.spec.ports[0].port}').stdout).toBe('8080')
  })

  it('labels, annotations, taints, cordons', () => {
    const cluster = testCluster()
    const node = (): Node => cluster.api.peek<Node>('Node/node1')!
    expect(cluster.run('kubectl label pod web-1 tier=front').stdout).toBe('pod/web-1 labeled\n')
    expect(cluster.run('kubectl label pod web-1 tier=back --overwrite --dry-run=server').stdout).toBe(
      'pod/web-1 labeled (server dry run)\n',
    )
    expect(cluster.run('kubectl label pod web-1 tier=front').stdout).toBe('pod/web-1 not labeled\n')
    expect(cluster.run('kubectl label pod web-1 tier-').stdout).toBe('pod/web-1 unlabeled\n')
    expect(cluster.run('kubectl annotate pod web-1 a=b').stdout).toBe('pod/web-1 annotated\n')
    expect(cluster.run('kubectl taint nodes node1 k=v:NoSchedule').stdout).toBe('node/node1 tainted\n')
    expect(node().spec?.taints).toEqual([{ key: 'k', value: 'v', effect: 'NoSchedule' }])
    expect(cluster.run('kubectl taint nodes node1 k=v:NoSchedule').stderr).toBe(
      'error: node node1 already has k taint(s) with same effect(s) and --overwrite is false\n',
    )
    expect(cluster.run('kubectl taint nodes node1 k-').stdout).toBe('node/node1 untainted\n')
    expect(cluster.run('kubectl cordon node1').stdout).toBe('node/node1 cordoned\n')
    expect(cluster.run('kubectl cordon node1').stdout).toBe('node/node1 already cordoned\n')
    expect(cluster.run('kubectl uncordon node1').stdout).toBe('node/node1 uncordoned\n')
    expect(cluster.run('kubectl drain node1')).toMatchObject({ exit: 1 })
    expect(cluster.run('kubectl drain node1').stderr).toContain(
      'cannot delete cannot delete Pods that declare no controller (use --force to override): default/web-1',
    )
  })
})

describe('kubectl goes on', () => {
  const followerOf = (result: { kind: string }): Follower => {
    expect(result.kind).toBe('follow')
    return (result as { follower: Follower } & typeof result).follower
  }

  it('delete waits until the object is gone', () => {
    const cluster = testCluster()
    const result = cluster.run('kubectl delete pod web-1')
    expect(result.stdout).toBe('pod "web-1" deleted from default namespace\n')
    const follower = followerOf(result)
    expect(pollFollower(cluster.env, follower)).toMatchObject({ stdout: '', follower })
    cluster.api.delete('Pod/default/web-1', 'kubelet@node1', { gracePeriodSeconds: 0 })
    expect(pollFollower(cluster.env, follower)).toEqual({ stdout: '', stderr: '', follower: null, exit: 0 })
    const forced = testCluster().run('kubectl delete pod web-1 --force --grace-period=0')
    expect(forced).toMatchObject({ kind: 'done', stdout: 'pod "web-1" force deleted from default namespace\n' })
    const tried = testCluster()
    expect(tried.run('kubectl delete pod web-1 --dry-run=server')).toMatchObject({
      kind: 'done',
      stdout: 'pod "web-1" deleted from default namespace (server dry run)\n',
    })
    expect(tried.api.peek('Pod/default/web-1')?.metadata.deletionTimestamp).toBeUndefined()
  })

  it('wait for a condition, or until the time is up', () => {
    const cluster = testCluster()
    expect(cluster.run('kubectl wait --for=condition=Ready pod/web-1')).toMatchObject({
      stdout: 'pod/web-1 condition met\n',
      exit: 0,
    })
    expect(cluster.run("kubectl wait --for=jsonpath='{.status.phase}'=Running pod/web-1")).toMatchObject({
      stdout: 'pod/web-1 condition met\n',
    })
    const follower = followerOf(cluster.run('kubectl wait --for=delete pod/web-1 --timeout=5s'))
    cluster.sim.runUntil(cluster.sim.now + 6 * SEC)
    expect(pollFollower(cluster.env, follower)).toMatchObject({
      stderr: 'error: timed out waiting for the condition on pods/web-1\n',
      exit: 1,
      follower: null,
    })
  })

  it('rollout status says what it waits for', () => {
    const cluster = testCluster()
    const result = cluster.run('kubectl rollout status deploy/web')
    expect(result.stdout).toBe('Waiting for deployment spec update to be observed...\n')
    const deployment = cluster.api.peek<Deployment>('Deployment/default/web')!
    cluster.api.updateStatus(
      { ...deployment, status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 } },
      'deployment-controller',
    )
    expect(pollFollower(cluster.env, followerOf(result))).toMatchObject({
      stdout: 'deployment "web" successfully rolled out\n',
      follower: null,
      exit: 0,
    })
  })

  it('get -w prints what changes', () => {
    const cluster = testCluster()
    const follower = followerOf(cluster.run('kubectl get pods -w'))
    expect(pollFollower(cluster.env, follower).stdout).toBe('')
    cluster.run('kubectl label pod web-1 a=b')
    const poll = pollFollower(cluster.env, follower)
    expect(poll.stdout).toBe('web-1   1/1   Running   0     10s\n')
    expect(pollFollower(cluster.env, poll.follower!).stdout).toBe('')
  })

  it('exec runs in the container and hands over output and status', () => {
    const cluster = testCluster()
    let follower: Follower | null = followerOf(cluster.run('kubectl exec web-1 -- echo fail -n x'))
    let stdout = ''
    let last = { exit: 0, stderr: '' }
    for (let i = 0; i < 100 && follower; i++) {
      cluster.sim.step()
      const poll = pollFollower(cluster.env, follower)
      stdout += poll.stdout
      last = poll
      follower = poll.follower
    }
    expect(stdout).toBe('fail -n x\n')
    expect(last).toMatchObject({ exit: 3, stderr: 'command terminated with exit code 3\n' })
    expect(cluster.run('kubectl exec web-1 -- nothing').stderr).toContain(
      'exec: "nothing": executable file not found in $PATH',
    )
    expect(cluster.run('kubectl exec nobody -- ls').stderr).toBe(
      'Error from server (NotFound): pods "nobody" not found\n',
    )
  })

  it('logs are what the first process wrote', () => {
    expect(out('kubectl logs web-1')).toBe('listening\n')
    expect(out('kubectl logs deploy/web --tail=0')).toBe('')
    expect(testCluster().run('kubectl logs web-1 -p').stderr).toBe(
      'Error from server (BadRequest): previous terminated container "nginx" in pod "web-1" not found\n',
    )
  })
})

describe('kubectl about the cluster', () => {
  it('resources, versions, fields', () => {
    expect(out('kubectl api-resources --namespaced=false --no-headers')).toContain('nodes')
    expect(out('kubectl api-resources').split('\n')[0]).toMatch(/^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND$/)
    expect(out('kubectl version')).toMatch(
      /^Client Version: v1\.\d+\.\d+\nKustomize Version: v5\.7\.1\nServer Version: v1\.\d+\.\d+\n$/,
    )
    expect(out('kubectl explain deploy.spec.replicas')).toBe(
      'GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n\nFIELD: replicas <integer>\n\n',
    )
    expect(out('kubectl config current-context')).toBe('kubernetes-admin@kubernetes\n')
    expect(out('kubectl get --help')).toContain('Usage:\n  kubectl get ')
  })
})
