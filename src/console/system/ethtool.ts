import { type Command, done, fail } from '../types.ts'

/** `ethtool -i` and `-k`: what the lab's devices answer. */
export const ethtoolCommand: Command = (env, place, argv) => {
  const [option = '', name = ''] = argv[0]?.startsWith('-') ? argv : ['', argv[0] ?? '']
  const link = env.kernel.t.linkByName.at(`${place.netns}/${name}`).first()
  if (!link)
    return fail(
      name === ''
        ? 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n'
        : 'Cannot get driver information: No such device\n',
      name === '' ? 1 : 71,
    )
  const driver = {
    loopback: 'loopback',
    ether: 'virtio_net',
    veth: 'veth',
    bridge: 'bridge',
    vxlan: 'vxlan',
    dummy: 'dummy',
    vlan: '802.1Q VLAN Support',
    macvlan: 'macvlan',
    ipvlan: 'ipvlan',
    tun: 'tun',
    ipip: 'ipip',
    gre: 'gre',
    gretap: 'gretap',
    geneve: 'geneve',
    wireguard: 'wireguard',
  }[link.kind]
  if (option === '-i' || option === '--driver') {
    return done(
      `driver: ${driver}\nversion: 1.0\nfirmware-version: \nexpansion-rom-version: \nbus-info: \nsupports-statistics: ${link.kind === 'veth' ? 'yes' : 'no'}\n` +
        'supports-test: no\nsupports-eeprom-access: no\nsupports-register-dump: no\nsupports-priv-flags: no\n',
    )
  }
  if (option === '-k' || option === '--show-features' || option === '--show-offload') {
    return done(
      `Features for ${name}:\nrx-checksumming: on\ntx-checksumming: on\nscatter-gather: on\ntcp-segmentation-offload: off\n` +
        'generic-segmentation-offload: off\ngeneric-receive-offload: off\n',
    )
  }
  if (option === '-S') {
    return link.kind === 'veth'
      ? done(`NIC statistics:\n     peer_ifindex: ${env.kernel.t.link.get(link.peer)?.ifindex ?? 0}\n`)
      : fail('no stats available\n', 94)
  }
  if (option !== '') return fail(`ethtool ${option}: not modelled in this lab\n`, 1)
  return done(`Settings for ${name}:\n\tLink detected: ${link.up ? 'yes' : 'no'}\n`)
}

/** IPVS is not modelled yet: the answer is that of a kernel without the module. */
export const ipvsadmCommand: Command = () =>
  fail(
    "Can't initialize ipvs: Protocol not available\nAre you sure that IP Virtual Server is built in the kernel or as module?\n",
    255,
  )
