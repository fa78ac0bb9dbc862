import { err, ok } from '../../../base/result.ts'
import { linkNamed, loopbackUp } from '../../../kernel/netns/netns.ts'
import {
  CNI_CODE,
  type CniCall,
  type CniHost,
  type CniOutcome,
  type CniPlugin,
  type CniResult,
} from '../../contracts/cni.ts'

/** containernetworking/plugins plugins/main/loopback: `lo` up in the namespace. */
export const loopback: CniPlugin = { type: 'loopback', run }

function run({ kernel: k }: CniHost, call: CniCall): CniOutcome {
  if (call.verb === 'DEL' || call.verb === 'VERSION') return ok(null)
  if (!k.t.netns.has(call.netns)) {
    const msg = `failed to open netns "${call.netnsPath}": no such file or directory`
    return err({ cniVersion: call.config.cniVersion ?? '', code: CNI_CODE.internal, msg })
  }
  if (call.verb === 'CHECK') return ok(null)
  loopbackUp(k, call.netns)
  const lo = k.t.link.get(linkNamed(k, call.netns, 'lo'))
  const result: CniResult = {
    cniVersion: call.config.cniVersion ?? '',
    interfaces: [{ name: 'lo', mac: '00:00:00:00:00:00', ...(lo && { sandbox: call.netnsPath }) }],
    ips: [{ interface: 0, address: '127.0.0.1/8' }],
  }
  return ok(result)
}
