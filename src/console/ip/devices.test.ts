import { describe, expect, it } from 'vitest'
import { flannelNode } from '../testing/flannel-nodes.ts'
import { runCommand } from '../registry.ts'

// Texts between backquotes are what iproute2 6.1 printed on Linux 6.18 for the same commands; the others follow its source.

function shell(): (line: string, stdin?: string) => { stdout: string; stderr: string; exit: number } {
  const node = flannelNode()
  return (line, stdin = '') => {
    const result = runCommand(node.env, node.n1, line.split(' '), stdin)
    if (result?.kind !== 'done') throw new Error(line)
    return result
  }
}
/** Without what comes after the kind's own words. */
const kindLine = (text: string): string => (text.split('\n')[2] ?? '').split(' addrgenmode')[0]!

describe('ip link add', () => {
  it('macvlan', () => {
    const run = shell()
    expect(run('ip link add link eth0 name m0 address 12:12:e8:a8:38:70 type macvlan mode bridge')).toMatchObject({
      exit: 0,
    })
    const text = run('ip -d link show m0').stdout
    expect(text).toContain(
      ': m0@eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n',
    )
    expect(kindLine(text)).toBe('    macvlan mode bridge bcqueuelen 1000 usedbcqueuelen 1000')
    expect(run('ip link add link eth0 name m1 type macvlan mode foo').stderr).toBe(
      `Error: argument of "mode" must be "private", "vepa", "bridge", "passthru" or "source", not "foo"\n`,
    )
    expect(run('ip link add link lo name m2 type macvlan').stderr).toBe(`RTNETLINK answers: Invalid argument\n`)
  })

  it('vlan', () => {
    const run = shell()
    expect(run('ip link add link eth0 name eth0.5 type vlan id 5').exit).toBe(0)
    expect(kindLine(run('ip -d link show eth0.5').stdout)).toBe('    vlan protocol 802.1Q id 5 <REORDER_HDR>')
    expect(run('ip link add link eth0 name x type vlan id 5')).toMatchObject({
      stderr: 'Error: 8021q: VLAN device already exists.\n',
      exit: 2,
    })
    expect(run('ip link add link eth0 name x type vlan id 4095').stderr).toBe('Error: 8021q: Invalid VLAN id.\n')
  })

  it('ipvlan, geneve, gre, wireguard', () => {
    const run = shell()
    run('ip link add link eth0 name iv type ipvlan mode l3')
    expect(kindLine(run('ip -d link show iv').stdout)).toBe('    ipvlan  mode l3 bridge')
    expect(run('ip link add g type geneve id 5').stderr).toBe(`geneve: remote link partner not specified\n`)
    expect(run('ip link add g type geneve remote 1.2.3.4').stderr).toBe(`geneve: missing virtual network identifier\n`)
    run('ip link add gre1 type gre local 192.168.50.11 remote 192.168.50.12 key 77 ttl 64')
    const gre = run('ip -d link show gre1').stdout
    expect(gre).toContain(': gre1@NONE: <POINTOPOINT,NOARP> mtu 1472 qdisc noop state DOWN')
    expect(gre).toContain('    link/gre 192.168.50.11 peer 192.168.50.12 ')
    expect(kindLine(gre)).toContain('gre remote 192.168.50.12 local 192.168.50.11 ttl 64 ikey 0.0.0.77 okey 0.0.0.77')
    run('ip link add wg0 type wireguard')
    expect(run('ip link show wg0').stdout).toContain(': wg0: <POINTOPOINT,NOARP> mtu 1420')
    expect(run('ip link add x type tun').stderr).toBe(`Error: tun/tap creation via rtnetlink is not supported.\n`)
  })
})

describe('ip tunnel, ip tuntap', () => {
  it('tunnels, and the fallback device that comes with them', () => {
    const run = shell()
    expect(run('ip tunnel show').stdout).toBe('')
    expect(run('ip tunnel add ipip1 mode ipip remote 192.168.50.12 local 192.168.50.11').exit).toBe(0)
    expect(run('ip tunnel show').stdout).toContain(
      'ipip1: ip/ip remote 192.168.50.12 local 192.168.50.11 ttl inherit\n',
    )
    expect(run('ip tunnel show tunl0').stdout).toBe('tunl0: any/ip remote any local any ttl inherit nopmtudisc\n')
    expect(run('ip tunnel add ipip1 mode ipip remote 192.168.50.12').stderr).toBe(
      'add tunnel "tunl0" failed: File exists\n',
    )
    expect(run('ip tunnel del ipip1').exit).toBe(0)
  })

  it('tun devices', () => {
    const run = shell()
    run('ip tuntap add dev t0 mode tun')
    expect(run('ip tuntap').stdout).toBe('t0: tun persist\n')
    const text = run('ip -d link show t0').stdout
    expect(text)
      .toContain(`: t0: <POINTOPOINT,MULTICAST,NOARP> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 500
    link/none  promiscuity 0`)
    expect(kindLine(text)).toBe(`    tun type tun pi off vnet_hdr off persist on`)
    expect(run('ip tuntap add dev t0 mode tun').stderr).toBe(`ioctl(TUNSETIFF): Device or resource busy\n`)
    expect(run('ip tuntap add dev t1').stderr).toBe(`You failed to specify a tunnel mode\n`)
  })
})

describe('wg', () => {
  const OWN = 'AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk='
  const FAR = 'PrtA6NukZubRwPoCmVEMXBbISCdRe0wl16CFCBwDyyE='

  it('sets and shows', () => {
    const run = shell()
    run('ip link add wg0 type wireguard')
    expect(run('wg pubkey', `${OWN}\n`).stdout).toBe('F32PIx9sq4nqA/kNLy1T3ZuhPHiUfV2FuD1JRRTgtxQ=\n')
    expect(run('wg set wg0 private-key /dev/stdin listen-port 51820', OWN)).toMatchObject({ exit: 0, stderr: '' })
    run(
      `wg set wg0 peer ${FAR} endpoint 192.168.50.12:51820 allowed-ips 10.7.0.2/32,10.8.0.0/16 persistent-keepalive 25`,
    )
    expect(run('wg show').stdout).toBe(
      'interface: wg0\n  public key: F32PIx9sq4nqA/kNLy1T3ZuhPHiUfV2FuD1JRRTgtxQ=\n  private key: (hidden)\n' +
        `  listening port: 51820\n\npeer: ${FAR}\n  endpoint: 192.168.50.12:51820\n` +
        '  allowed ips: 10.7.0.2/32, 10.8.0.0/16\n  persistent keepalive: every 25 seconds\n',
    )
    run(`wg set wg0 peer ${FAR} remove`)
    expect(run('wg').stdout).not.toContain('peer:')
    expect(run('wg set eth0 listen-port 1').stderr).toBe('Unable to modify interface: Operation not supported\n')
  })
})
