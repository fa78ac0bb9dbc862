/**
 * The preset dictionary of link format 1: phrases that labs are made of, the likeliest last (nearer is cheaper in deflate).
 *
 * FROZEN. Every link ever made with format 1 needs these very characters. To improve the dictionary add `v2.ts` and a new
 * format; `share.test.ts` holds this text's hash. ASCII only, so that characters are bytes.
 */
export const DICTIONARY_V1 = `\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - namespaceSelector:
        - ipBlock:
            cidr: 0.0.0.0/0
kind: Ingress
  ingressClassName: nginx
  rules:
    - host: web.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                port:
                  number: 80
apiVersion: batch/v1
kind: Job
kind: CronJob
  schedule: "*/5 * * * *"
      restartPolicy: OnFailure
      restartPolicy: Never
kind: StatefulSet
  serviceName:
kind: DaemonSet
kind: ReplicaSet
kind: Secret
type: Opaque
stringData:
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
kind: ClusterRoleBinding
roleRef:
  apiGroup: rbac.authorization.k8s.io
subjects:
rules:
  - apiGroups: [""]
    resources: [pods, services, endpoints, nodes, namespaces, configmaps]
    verbs: [get, list, watch, create, update, patch, delete]
kind: ServiceAccount
  serviceAccountName:
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
  labels:
    kubernetes.io/service-name: web
addressType: IPv4
endpoints:
  - addresses: ["10.244.1.2"]
    conditions: {ready: true}
kind: ConfigMap
  name: kube-flannel-cfg
  namespace: kube-flannel
data:
  cni-conf.json: |
    {
      "name": "cbr0",
      "cniVersion": "0.3.1",
      "plugins": [
        {
          "type": "flannel",
          "delegate": {
            "hairpinMode": true,
            "isDefaultGateway": true
          }
        },
        {
          "type": "portmap",
          "capabilities": {
            "portMappings": true
          }
        }
      ]
    }
  net-conf.json: |
    {
      "Network": "10.244.0.0/16",
      "EnableNFTables": false,
      "Backend": {
        "Type": "vxlan",
        "Type": "host-gw"
      }
    }
  name: coredns
  namespace: kube-system
  Corefile: |
    .:53 {
        errors
        kubernetes cluster.local in-addr.arpa ip6.arpa {
        forward . /etc/resolv.conf
        cache 30
        loadbalance
  config.conf: |
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    mode: iptables
    mode: nftables
    mode: ipvs
    clusterCIDR: 10.244.0.0/16
      initContainers:
      hostNetwork: true
      nodeName: node1
      affinity:
        nodeAffinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          preferredDuringSchedulingIgnoredDuringExecution:
              topologyKey: kubernetes.io/hostname
      tolerations:
        - key: node-role.kubernetes.io/control-plane
          operator: Exists
          effect: NoSchedule
      terminationGracePeriodSeconds: 30
      dnsPolicy: ClusterFirst
      securityContext:
        privileged: true
        capabilities:
          add: [NET_ADMIN]
      volumes:
        - name: config
          configMap:
            name: config
          hostPath:
            path: /run/flannel
          emptyDir: {}
          volumeMounts:
            - name: config
              mountPath: /etc/nginx/conf.d
          env:
            - name: NODE_NAME
              value: "true"
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
          resources:
            requests: {cpu: 100m, memory: 64Mi}
            limits:
              cpu: 500m
              memory: 128Mi
          livenessProbe:
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8080
            tcpSocket:
            exec:
              command: [cat, /tmp/ready]
            initialDelaySeconds: 5
            periodSeconds: 10
            timeoutSeconds: 1
            failureThreshold: 3
          image: registry.k8s.io/e2e-test-images/agnhost:2.53
          args: [netexec, --http-port=8080]
          image: busybox:1.37
          image: curlimages/curl:8.16.0
          image: httpd:2.4
          image: redis:8
          image: hashicorp/http-echo:1.0
          args: ["-text=hello"]
          command: ["sleep", "infinity"]
          command: ["/bin/sh", "-c"]
              hostPort: 8080
              protocol: UDP
              protocol: TCP
  sessionAffinity: ClientIP
  sessionAffinityConfig:
  publishNotReadyAddresses: true
  externalName: example.com
  internalTrafficPolicy: Local
  externalTrafficPolicy: Local
  externalTrafficPolicy: Cluster
  type: ExternalName
  type: LoadBalancer
  type: ClusterIP
  type: NodePort
  clusterIP: None
      nodePort: 30080
      targetPort: 8080
      name: http
      port: 8080
  strategy:
    type: Recreate
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  annotations:
  replicas: 2
  replicas: 1
---
apiVersion: v1
kind: Namespace
metadata:
  name: team-a
---
  namespace: default
# pings web.default.svc.cluster.local 1400 8.8.8.8 10.0.1.10 172.16.0.0/12
# the this that what with from which packet address request Service node port rule route tunnel
    routers:
      - name: r1
        interfaces:
          - {network: rack1, address: 192.168.10.1}
          - {network: rack2, address: 192.168.20.1}
        routes:
          - {to: default, via: 192.168.10.254}
          - {to: 10.0.2.0/24, via: 10.0.0.2}
    routers: []
    links:
      - {between: [node1, rack1], delay: 200us, rate: 1Gbit, loss: 0}
      - {between: [r1, rack2], delay: 500us, mtu: 1400}
    links: []
      - {name: rack2, cidr: 192.168.20.0/24, mtu: 1500}
      - {name: rack1, cidr: 10.0.0.0/24, mtu: 9000}
        labels: {topology.kubernetes.io/zone: rack1}
      nodeSelector: {topology.kubernetes.io/zone: rack2}
      nodeSelector: {kubernetes.io/hostname: node2}
        gateway: 192.168.10.1
        taints:
          - {key: dedicated, value: special, effect: NoSchedule}
        role: worker
        interfaces: [{network: rack2, address: 192.168.20.11}]
  view:
    positions:
      network/rack1: {x: 0, y: 400}
      host/laptop: {x: 240, y: 120}
      host/node1: {x: -320, y: 160}
      host/cp1: {x: 100, y: 200}
    folded: []
    lens: null
    cursor: 0
  view: {}
    dnsDomain: cluster.local
    - {at: 5s, in: node/node1, run: "ping -c 2 192.168.10.12"}
    - {at: settled, in: deploy/default/web, run: "nslookup web.default.svc.cluster.local"}
    - {at: settled, in: host/laptop, run: "curl -s -m 3 http://192.168.10.11:30080"}
# A pod asks for http://web. Follow the request: DNS, a Service address that no machine owns,
# a tunnel to the other node, and the whole way back.
apiVersion: hopscope.dev/v1alpha1
kind: Lab
metadata:
  name: flannel-vxlan
spec:
  seed: 1
  fabric:
    networks:
      - {name: rack1, cidr: 192.168.10.0/24, mtu: 1500}
    hosts:
      - {name: cp1, role: control-plane, interfaces: [{network: rack1, address: 192.168.10.10}]}
      - {name: node1, role: worker, interfaces: [{network: rack1, address: 192.168.10.11}]}
      - {name: node2, role: worker, interfaces: [{network: rack1, address: 192.168.10.12}]}
      - {name: laptop, role: host, interfaces: [{network: rack1, address: 192.168.10.99}]}
  cluster:
    version: "1.35"
    podCIDR: 10.244.0.0/16      # every node takes a /24 of it for its pods
    serviceCIDR: 10.96.0.0/12   # addresses of Services; they exist only in rules
    addons: [flannel-vxlan, kube-proxy-iptables, coredns]
  script:
    - {at: settled, in: pod/default/client, run: "curl http://web"}
---
# Three copies of a web server. The scheduler spreads them over the workers.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
    matchLabels:
      app: web
  template:
    metadata:
      labels: {app: web}
      labels:
        app: web
    spec:
      containers:
        - name: nginx
          image: nginx:1.29
          ports:
            - containerPort: 80
---
# One name and one address for all three.
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  selector:
    app: web
  ports:
    - port: 80
---
# Somewhere to send requests from. Open its terminal and try others.
apiVersion: v1
kind: Pod
metadata:
  name: client
spec:
  containers:
    - name: client
      image: nicolaka/netshoot:v0.14
      command: [sleep, infinity]
`
