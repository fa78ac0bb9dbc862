import type { EndpointSlice, Namespace, Pod, Service } from '../../api/kinds/types.ts'

/** What CoreDNS knows of the cluster: the present objects of four kinds, in key order. The lab gives it the API server's store. */
export interface ClusterReader {
  services(): readonly Service[]
  endpointSlices(): readonly EndpointSlice[]
  pods(): readonly Pod[]
  namespaces(): readonly Namespace[]
}
