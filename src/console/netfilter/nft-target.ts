import { formatIpv4 } from '../../core/base/ipv4.ts'
import { natFlags as natFlagNames, natPorts, natRangeText } from '../../core/kernel/netfilter/save-text.ts'
import { LOG_FLAG, type NatRange, type Target } from '../../core/kernel/netfilter/types.ts'

const hex = (value: number): string => `0x${value.toString(16)}`
const ALL_BITS = 0xffffffff

/** What a rule does, as nft 1.0.6 shows it; extensions without a translation print as `xt target`. */
export function targetText(target: Target): string {
  switch (target.t) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return target.t.toLowerCase()
    case 'jump':
    case 'goto':
      return `${target.t} ${target.chain}`
    case 'MARK':
      if (target.mask === ALL_BITS) return `meta mark set ${hex(target.value)}`
      if (target.mask === 0) return `meta mark set mark xor ${hex(target.value)}`
      if (target.value === target.mask) return `meta mark set mark or ${hex(target.value)}`
      if (target.value === 0) return `meta mark set mark and ${hex(~target.mask >>> 0)}`
      return `meta mark set mark and ${hex(~target.mask >>> 0)} xor ${hex(target.value)}`
    case 'CONNMARK':
      return connmark(target) ?? 'xt target CONNMARK'
    case 'MASQUERADE':
      return `masquerade${target.range.minPort === null ? '' : ` to :${natPorts(target.range)}`}${natFlags(target.range)}`
    case 'DNAT':
    case 'SNAT':
      return `${target.t.toLowerCase()} to ${natRangeText(target.range)}${natFlags(target.range)}`
    case 'REDIRECT':
      return `redirect${target.range.minPort === null ? '' : ` to :${natPorts(target.range)}`}${natFlags(target.range)}`
    case 'REJECT':
      if (target.with === 'tcp-reset') return 'reject with tcp reset'
      return target.with === 'icmp-port-unreachable'
        ? 'reject'
        : `reject with icmp type ${target.with.replace('icmp-', '')}`
    case 'LOG':
      return log(target)
    case 'NFLOG':
      return `log ${target.prefix === '' ? '' : `prefix "${target.prefix}" `}group ${target.group}`
    case 'NFQUEUE':
      return `queue num ${target.num}${target.bypass ? ' bypass' : ''}`
    case 'TEE':
      return `dup to ${formatIpv4(target.gateway)}`
    case 'TCPMSS':
      return `tcp option maxseg size set ${target.mss === 'clamp' ? 'rt mtu' : target.mss}`
    case 'TRACE':
      return 'meta nftrace set 1'
    case 'CT':
      return target.notrack ? 'notrack' : 'xt target CT'
    default:
      return `xt target ${'name' in target ? target.name : target.t}`
  }
}

/** `null`: masks that differ have no translation. */
function connmark(target: Target & { readonly t: 'CONNMARK' }): string | null {
  if (target.op === 'set') {
    if (target.mask === ALL_BITS) return `ct mark set ${hex(target.value)}`
    return `ct mark set ct mark xor ${hex(target.value)} and ${hex(~target.mask >>> 0)}`
  }
  const { op, nfmask, ctmask } = target
  if (nfmask !== ctmask) return null
  const masked = nfmask === ALL_BITS ? '' : ` and ${hex(nfmask)}`
  return op === 'save' ? `ct mark set mark${masked}` : `meta mark set ct mark${masked}`
}

const LEVELS = 'emerg alert crit err warn notice info debug'.split(' ')
const WARN = 4

function log({ level, prefix, flags }: Target & { readonly t: 'LOG' }): string {
  const tcp = [flags & LOG_FLAG.TCPSEQ ? 'sequence' : '', flags & LOG_FLAG.TCPOPT ? 'options' : ''].filter(
    (word) => word !== '',
  )
  const words = [
    'log',
    prefix === '' ? '' : `prefix "${prefix}"`,
    level === WARN ? '' : `level ${LEVELS[level]}`,
    tcp.length > 0 ? `flags tcp ${tcp.join(',')}` : '',
    flags & LOG_FLAG.IPOPT ? 'flags ip options' : '',
    flags & LOG_FLAG.UID ? 'flags skuid' : '',
    flags & LOG_FLAG.MACDECODE ? 'flags ether' : '',
  ]
  return words.filter((word) => word !== '').join(' ')
}

/** nft's word for `random-fully` is `fully-random`. */
const natFlags = (range: NatRange): string =>
  natFlagNames(range)
    .map((flag) => ` ${flag === 'random-fully' ? 'fully-random' : flag}`)
    .join('')
