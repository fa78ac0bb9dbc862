import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { cidr } from '../../core/base/cidr.ts'
import { formatIpv4 } from '../../core/base/ipv4.ts'
import { ADDON_NAMES, type ClusterSpec } from '../types.ts'
import { addonManifests, addonsOf } from './addons.ts'
import { dnsAddress } from './coredns.ts'

const cluster: ClusterSpec = {
  version: '1.35',
  podCIDR: cidr('10.200.0.0/16'),
  serviceCIDR: cidr('172.20.0.0/16'),
  dnsDomain: 'lab.example',
  addons: ['coredns', 'flannel-vxlan'],
}

interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
  data?: Record<string, string>
  spec?: { clusterIP?: string; template?: { spec: { containers: { image: string }[] } } }
}

function objectsOf(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as Manifest
  })
}

const ref = ({ kind, metadata }: Manifest): string =>
  [kind, metadata.namespace, metadata.name].filter(Boolean).join('/')
const find = (text: string, wanted: string): Manifest => {
  const found = objectsOf(text).find((object) => ref(object) === wanted)
  if (!found) throw new Error(`no ${wanted}`)
  return found
}

describe('add-ons', () => {
  it('are YAML of API objects, each named once', () => {
    for (const name of ADDON_NAMES) {
      const objects = objectsOf(addonManifests(name, cluster).text)
      for (const object of objects) expect(object.apiVersion && object.kind && object.metadata.name, name).toBeTruthy()
      expect(new Set(objects.map(ref)).size).toBe(objects.length)
    }
  })

  it('follow the cluster: ranges, domain, DNS address, version', () => {
    const flannel = addonManifests('flannel-vxlan', cluster).text
    const config = find(flannel, 'ConfigMap/kube-flannel/kube-flannel-cfg').data!
    expect(JSON.parse(config['net-conf.json']!)).toEqual({
      Network: '10.200.0.0/16',
      EnableNFTables: false,
      Backend: { Type: 'vxlan' },
    })
    expect(JSON.parse(config['cni-conf.json']!)).toMatchObject({ name: 'cbr0', cniVersion: '0.3.1' })
    const dns = addonManifests('coredns', cluster).text
    expect(find(dns, 'Service/kube-system/kube-dns').spec!.clusterIP).toBe('172.20.0.10')
    expect(find(dns, 'ConfigMap/kube-system/coredns').data!['Corefile']).toContain(
      'kubernetes lab.example in-addr.arpa ip6.arpa',
    )
    expect(formatIpv4(dnsAddress(cluster))).toBe('172.20.0.10')
    const proxy = addonManifests('kube-proxy-iptables', cluster).text
    expect(find(proxy, 'ConfigMap/kube-system/kube-proxy').data!['config.conf']).toContain(
      'clusterCIDR: 10.200.0.0/16\n',
    )
    const [container] = find(proxy, 'DaemonSet/kube-system/kube-proxy').spec!.template!.spec.containers
    expect(container!.image).toBe('registry.k8s.io/kube-proxy:v1.35.0')
  })

  it('come in the order of the document', () => {
    expect(addonsOf(cluster).map((addon) => addon.name)).toEqual(['coredns', 'flannel-vxlan'])
  })
})
