import { describe, expect, it } from 'vitest'
import type { Deployment, Node, Pod, Service } from '../../core/api/kinds/types.ts'
import { testCluster } from '../testing/cluster.ts'

/** Options do what they say, or kubectl says that it does not know them: none is taken and forgotten. */
describe('options of kubectl', () => {
  it.each([
    ['get pods --as=system:serviceaccount:default:x', '--as is not available in this lab'],
    ['get pods --kubeconfig=/etc/kubernetes/admin.conf', '--kubeconfig is not available in this lab'],
    ['-s https://x get pods', '--server is not available in this lab'],
    ['get pods --context=other', 'context "other" does not exist'],
    ['get pods --user other', 'auth info "other" does not exist'],
    ['get deploy web --subresource=scale', '--subresource is not available in this lab'],
    ['get pods -w -o yaml', '--watch prints tables only in this lab'],
    ['apply -f - --prune', '--prune is not available in this lab'],
    ['apply -k .', '--kustomize is not available in this lab'],
    ['label pod web-1 a=b --dry-run=maybe', 'Invalid dry-run value (maybe). Must be "none", "server", or "client".'],
    ['get sts', 'the server doesn\'t have a resource type "sts" (not modelled in this lab)'],
    ['get pods --server-print=false', '--server-print is not available in this lab'],
    ['config view --raw', '--raw is not available in this lab'],
    ['config view -o json', 'config view prints YAML only in this lab'],
    ['config get-contexts other', 'context other not found'],
    ['exec -f pod.yaml -- ls', '--filename is not available in this lab'],
    ['create job x --image=busybox', 'kubectl create job is not available in this lab'],
    [
      'run x --image=nginx -t',
      "-i/--stdin is required for containers with -t/--tty=true\nSee 'kubectl run -h' for help and examples",
    ],
    [
      'run x --image=nginx --expose',
      "--port must be set when exposing a service\nSee 'kubectl run -h' for help and examples",
    ],
    ['wait pods --for=condition=Ready', 'resource(s) were provided, but no name was specified'],
    ['patch svc web', 'must specify --patch or --patch-file containing the contents of the patch'],
    ['patch svc web -p x --patch-file=y', 'cannot specify --patch and --patch-file together'],
    ['rollout history deploy/web --revision=7', 'unable to find the specified revision'],
    ['rollout undo deploy/web --to-revision=7', 'unable to find specified revision 7 in history'],
    ['rollout resume deploy/web', 'deployments.apps "web" is not paused'],
  ])('kubectl %s', (line, complaint) => {
    expect(testCluster().run(`kubectl ${line}`)).toMatchObject({ stdout: '', stderr: `error: ${complaint}\n`, exit: 1 })
  })

  it('config get-contexts prints names alone, or no header', () => {
    const cluster = testCluster()
    expect(cluster.run('kubectl config get-contexts -o name').stdout).toBe('kubernetes-admin@kubernetes\n')
    expect(cluster.run('kubectl config get-contexts --no-headers').stdout).toBe(
      '*     kubernetes-admin@kubernetes   kubernetes   kubernetes-admin   \n',
    )
  })

  it('dry runs change nothing', () => {
    const cluster = testCluster()
    const node = cluster.api.peek<Node>('Node/node1')!
    expect(cluster.run('kubectl drain node1 --force --dry-run=client').stdout).toBe(
      'node/node1 cordoned (dry run)\nevicting pod default/web-1 (dry run)\nnode/node1 drained (dry run)\n',
    )
    expect(cluster.api.peek('Node/node1')).toBe(node)
    expect(cluster.api.peek<Pod>('Pod/default/web-1')!.metadata.deletionTimestamp).toBeUndefined()
  })

  it('drain --pod-selector leaves the other pods alone', () => {
    expect(testCluster().run('kubectl drain node1 --pod-selector=app=other').stdout).toBe(
      'node/node1 cordoned\nnode/node1 drained\n',
    )
  })

  it('a paused Deployment is neither restarted nor rolled back', () => {
    const cluster = testCluster()
    expect(cluster.run('kubectl rollout pause deploy/web').stdout).toBe('deployment.apps/web paused\n')
    expect(cluster.run('kubectl rollout pause deploy/web').stderr).toBe(
      'error: deployments.apps "web" is already paused\n',
    )
    expect(cluster.run('kubectl rollout restart deploy/web').stderr).toBe(
      'error: deployments.apps "web" can\'t restart paused deployment (run rollout resume first)\n',
    )
  })

  it('JSON patches take fields away that are deep inside', () => {
    const cluster = testCluster()
    const spec = (): Deployment['spec'] => cluster.api.peek<Deployment>('Deployment/default/web')!.spec
    cluster.run(`kubectl patch deploy web -p '{"spec":{"template":{"spec":{"nodeSelector":{"disk":"ssd"}}}}}'`)
    expect(spec().template.spec.nodeSelector).toEqual({ disk: 'ssd' })
    const remove = `'[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]'`
    expect(cluster.run(`kubectl patch deploy web --type=json -p ${remove}`).stdout).toBe(
      'deployment.apps/web patched\n',
    )
    expect(spec().template.spec.nodeSelector).toBeUndefined()
    expect(cluster.run(`kubectl patch deploy web --type=json -p ${remove}`).stderr).toBe(
      'The request is invalid: the server rejected our request due to an error in our request\n',
    )
  })

  it('generators print what kubectl would send', () => {
    const print = (line: string): string => testCluster().run(`kubectl ${line} --dry-run=client -o yaml`).stdout
    expect(print('create deployment api --image=nginx')).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: api
  name: api
spec:
  replicas: 1
  selector:
    matchLabels:
      app: api
  strategy: {}
  template:
    metadata:
      labels:
        app: api
    spec:
      containers:
      - image: nginx
        name: nginx
        resources: {}
status: {}
`)
    expect(print('run box --image=busybox:1.37 --port=80 --expose -n shop')).toBe(`apiVersion: v1
kind: Service
metadata:
  name: box
  namespace: shop
spec:
  ports:
  - port: 80
    protocol: TCP
    targetPort: 80
  selector:
    run: box
status:
  loadBalancer: {}
---
apiVersion: v1
kind: Pod
metadata:
  labels:
    run: box
  name: box
  namespace: shop
spec:
  containers:
  - image: busybox:1.37
    name: box
    ports:
    - containerPort: 80
    resources: {}
  dnsPolicy: ClusterFirst
  restartPolicy: Always
status: {}
`)
    expect(print('create secret generic s --from-literal=a=b')).toBe(
      'apiVersion: v1\ndata:\n  a: Yg==\nkind: Secret\nmetadata:\n  name: s\n',
    )
  })

  it('expose --external-ip, run --expose, get -f', () => {
    const cluster = testCluster()
    cluster.run('kubectl expose deployment web --name=out --external-ip=192.0.2.7')
    expect(cluster.api.peek<Service>('Service/default/out')!.spec.externalIPs).toEqual(['192.0.2.7'])
    expect(cluster.run('kubectl run box --image=nginx --port=80 --expose').stdout).toBe(
      'service/box created\npod/box created\n',
    )
    const file =
      'apiVersion: v1\nkind: Service\nmetadata: {name: box}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: box}\n'
    expect(cluster.run('kubectl get -f - -o name', file).stdout).toBe('service/box\npod/box\n')
    const pods =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web-1}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: box}\n'
    expect(cluster.run('kubectl get -f - -o name --sort-by=.metadata.name', pods).stdout).toBe('pod/box\npod/web-1\n')
    expect(cluster.run('kubectl describe svc box --show-events=false').stdout).not.toContain('Events')
  })

  it('label --list', () => {
    expect(testCluster().run('kubectl label pod web-1 --list').stdout).toBe('app=web\n')
    expect(testCluster().run('kubectl label pods --all --list').stdout).toBe(
      'Listing labels for Pod./web-1:\n app=web\n',
    )
    expect(testCluster().run('kubectl taint nodes node1 a=b:Foo').stderr).toBe(
      'error: invalid taint effect: Foo, unsupported taint effect\n',
    )
    expect(testCluster().run('kubectl taint nodes node1 a=b=c:NoSchedule').stderr).toBe(
      'error: invalid taint spec: a=b=c:NoSchedule\n',
    )
  })

  it('says what the API server says of Endpoints, once', () => {
    expect(testCluster().run('kubectl get ep,svc kubernetes web -o name')).toMatchObject({
      stderr:
        'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n' +
        'Error from server (NotFound): endpoints "web" not found\n',
    })
  })

  it('wait --for=create takes what is not there yet', () => {
    const cluster = testCluster()
    expect(cluster.run('kubectl wait --for=create pod/web-1').stdout).toBe('pod/web-1 condition met\n')
    expect(cluster.run('kubectl wait --for=create pod/later')).toMatchObject({ kind: 'follow' })
  })
})
