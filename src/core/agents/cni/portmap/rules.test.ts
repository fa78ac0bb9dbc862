import { describe, expect, it } from 'vitest'
import { saveTable } from '../../../kernel/netfilter/print.ts'
import { applyRestore, type RestoreLine } from '../../../kernel/netfilter/restore.ts'
import { EMPTY_RULESET } from '../../../kernel/netfilter/ruleset.ts'
import type { Ruleset } from '../../../kernel/netfilter/types.ts'
import { walkFlow } from '../../../testkit/walk-rules.ts'
import { dnatChainName, portmapAdd, portmapDel } from './rules.ts'

let id = 0
function restore(ruleset: Ruleset, lines: readonly RestoreLine[]): Ruleset {
  const done = applyRestore(ruleset, lines, { allocateId: () => ++id, cause: 1, noflush: true })
  if (!done.ok) throw new Error(done.error.stderr)
  return done.value.ruleset
}

const pod = (n: number, hostPort: number) => ({
  network: 'cbr0',
  containerId: `container${n}`,
  podAddress: `10.244.1.${n}/24`,
  mappings: [{ hostPort, containerPort: 80, protocol: 'tcp' }] as const,
  subject: [`Pod/default/p${n}`],
})

describe('portmap rules', () => {
  const one = restore(EMPTY_RULESET, portmapAdd(pod(5, 8080), EMPTY_RULESET))
  const flow = { protocol: 'TCP', destination: '192.168.50.11', port: 8080, local: ['192.168.50.11'] } as const

  it('names the chain in 28 characters', () => {
    expect(dnatChainName('cbr0', 'container5')).toMatch(/^CNI-DN-[0-9a-f]{21}$/)
    expect(dnatChainName('cbr0', 'container5')).not.toBe(dnatChainName('cbr0', 'container6'))
  })

  it('saves as the plugin leaves it', () => {
    const chain = dnatChainName('cbr0', 'container5')
    expect(saveTable(one, 'nat').filter((line) => line.startsWith('-A'))).toEqual([
      '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
      `-A ${chain} -s 10.244.1.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.1.5:80`,
      `-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"container5\\"" -m multiport --dports 8080 -j ${chain}`,
      '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
      '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
    ])
  })

  it('sends the host port to the pod, masqueraded from the pod network and from localhost', () => {
    const output = '10.244.1.5:80'
    expect(walkFlow(one, { ...flow, source: '192.168.50.1' })).toEqual({ output, masqueraded: false })
    expect(walkFlow(one, { ...flow, source: '10.244.1.5' })).toEqual({ output, masqueraded: true })
    expect(walkFlow(one, { ...flow, source: '127.0.0.1' })).toEqual({ output, masqueraded: true })
  })

  it('adds a second pod without touching the first, and deletes it again', () => {
    const two = restore(one, portmapAdd(pod(6, 9090), one))
    expect(walkFlow(two, { ...flow, source: '192.168.50.1', port: 9090 }).output).toBe('10.244.1.6:80')
    expect(walkFlow(two, { ...flow, source: '192.168.50.1' }).output).toBe('10.244.1.5:80')
    const again = restore(two, portmapDel(pod(6, 9090), two))
    expect(saveTable(again, 'nat')).toEqual(saveTable(one, 'nat'))
    expect(portmapDel(pod(6, 9090), again)).toEqual([])
  })
})
