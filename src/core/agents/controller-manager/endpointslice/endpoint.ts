import type { Endpoint, EndpointPort, Node, Pod, Service, ServicePort } from '../../../api/kinds/types.ts'
import { isPodReady, isPodTerminal } from '../../contracts/pod-status.ts'

/** A pod with an address that has not ended is an endpoint, even on its way out (ShouldPodBeInEndpoints). */
export const isEndpoint = (pod: Pod): boolean => Boolean(pod.status?.podIP) && !isPodTerminal(pod)

/**
 * One pod as an endpoint of a Service (staging/src/k8s.io/endpointslice/utils.go podToEndpoint).
 * ready = publishNotReadyAddresses or (serving and not terminating).
 */
export function podEndpoint(pod: Pod, service: Service, node: Node | undefined): Endpoint {
  const serving = isPodReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating)
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone']
  const named =
    pod.spec.hostname &&
    pod.spec.subdomain === service.metadata.name &&
    pod.metadata.namespace === service.metadata.namespace
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving, terminating },
    ...(named && { hostname: pod.spec.hostname }),
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(zone !== undefined && { zone }),
    ...hintsOf(service, ready, zone, pod.spec.nodeName),
  }
}

/** For whom the endpoint is when its Service has a `trafficDistribution` (endpointslice/trafficdist). */
function hintsOf(
  service: Service,
  ready: boolean,
  zone: string | undefined,
  node: string | undefined,
): Pick<Endpoint, 'hints'> {
  const distribution = service.spec.trafficDistribution
  if (!distribution || !ready) return {}
  const forZones = zone === undefined ? {} : { forZones: [{ name: zone }] }
  const forNodes = distribution === 'PreferSameNode' && node ? { forNodes: [{ name: node }] } : {}
  const hints = { ...forNodes, ...forZones }
  return Object.keys(hints).length > 0 ? { hints } : {}
}

/** The port of a Service on one pod; `null` when the pod has no container port of that name (pod util FindPort). */
export function findPort(pod: Pod, port: ServicePort): number | null {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const p of container.ports ?? []) {
      if (p.name === target && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP')) return p.containerPort
    }
  }
  return null
}

/** The ports that the pod offers for the Service; a named one that the pod does not have is left out. */
export function endpointPorts(pod: Pod, service: Service): readonly EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const port of service.spec.ports ?? []) {
    const number = findPort(pod, port)
    if (number === null) continue
    ports.push({
      name: port.name ?? '',
      port: number,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
    })
  }
  return ports
}

/** Endpoints with the same ports share slices: this text tells the groups apart. */
export const portsKey = (ports: readonly EndpointPort[] | undefined): string =>
  (ports ?? [])
    .map((p) => `${p.name ?? ''}/${p.protocol ?? 'TCP'}/${p.port ?? ''}/${p.appProtocol ?? ''}`)
    .sort()
    .join(' ')
