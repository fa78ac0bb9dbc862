import { describe, expect, it } from 'vitest'
import { Scene } from '../../testkit/scene.ts'
import { restore } from '../netfilter/store.ts'
import { logOf } from './log.ts'

/** A host and a router with LOG rules; lines as Linux 6.18 writes them, but for ids. */
function logged(rules: string, act: (s: Scene) => void): readonly string[] {
  const s = new Scene()
  s.host('a')
  s.host('r', true)
  s.veth('a', 'eth0', '02:00:00:00:00:01', 'r', 'eth0', '02:00:00:00:00:02')
  s.addr('a', 'eth0', '10.0.0.2/24')
  s.addr('r', 'eth0', '10.0.0.1/24')
  restore(s.kernel, s.ns('r'), rules)
  act(s)
  s.settle()
  return logOf(s.kernel, 'r').map((row) => row.text.replace(/ ID=\d+ (?=DF|PROTO)/g, ' ID=1 '))
}

describe('LOG', () => {
  it('writes an echo request as it comes in', () => {
    const rules = '*filter\n-A INPUT -j LOG --log-prefix "in: "\nCOMMIT\n'
    expect(logged(rules, (s) => s.ping('a', '10.0.0.1', { id: 28237 }))).toEqual([
      'in: IN=eth0 OUT= MAC=02:00:00:00:00:02:02:00:00:00:00:01:08:00 SRC=10.0.0.2 DST=10.0.0.1 LEN=84 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=ICMP TYPE=8 CODE=0 ID=28237 SEQ=1 ',
    ])
  })

  it('writes marks, and what goes out', () => {
    const rules = '*mangle\n-A OUTPUT -j MARK --set-xmark 0x5/0xffffffff\n-A OUTPUT -j LOG\nCOMMIT\n'
    expect(logged(rules, (s) => s.ping('r', '10.0.0.2'))[0]).toBe(
      'IN= OUT=eth0 SRC=10.0.0.1 DST=10.0.0.2 LEN=84 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 MARK=0x5 ',
    )
  })

  it('writes TCP with sequence numbers and options when asked to', () => {
    const rules = '*filter\n-A INPUT -p tcp -j LOG --log-tcp-sequence --log-tcp-options\nCOMMIT\n'
    const lines = logged(rules, (s) => {
      s.kernel.send({
        netns: s.ns('a'),
        src: 0,
        dst: 0x0a000001,
        proto: 6,
        payload: {
          l: 'tcp',
          sport: 38198,
          dport: 80,
          seq: 1196518713,
          ack: 0,
          flags: 2,
          window: 65495,
          options: { mss: 65495, sackOk: true, ts: [0xf3ddf594, 0], wscale: 10 },
          payload: { l: 'data', data: '' },
        },
        df: true,
        origin: 0,
      })
    })
    expect(lines[0]).toContain(
      'PROTO=TCP SPT=38198 DPT=80 SEQ=1196518713 ACK=0 WINDOW=65495 RES=0x00 SYN URGP=0 OPT (0204FFD70402080AF3DDF594000000000103030A) ',
    )
  })

  it('says when there is no room for another connection', () => {
    const rules = '*filter\n-A INPUT -m conntrack --ctstate NEW\nCOMMIT\n'
    const lines = logged(rules, (s) => {
      s.kernel.world.put(s.kernel.t.sysctl, `${s.ns('r')}/net.netfilter.nf_conntrack_max`, {
        netns: s.ns('r'),
        name: 'net.netfilter.nf_conntrack_max',
        value: '0',
      })
      s.ping('a', '10.0.0.1')
    })
    expect(lines).toEqual(['nf_conntrack: nf_conntrack: table full, dropping packet'])
  })
})
