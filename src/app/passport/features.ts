import type { Feature } from '../../passport/passport.ts'
import type { DeviceKind, Entity, EntityView, StepView } from '../../worker/protocol.ts'
import { OF_DEVICE, OF_POINT, OF_SENTENCE, OF_TABLE, REASONS, type Reason } from './entries.ts'

/** Entries of the passport, the most telling first; or why there is none. */
export type Entries = readonly [Feature, ...Feature[]] | Reason

type Step = Pick<StepView, 'point' | 'drop' | 'say' | 'decision' | 'before' | 'after'>

/** What of the passport a step is about; `device`: the kind of the device it happens at. */
export function featuresOf(step: Step, device: DeviceKind | null): Entries {
  const main = OF_SENTENCE[step.say.key] ?? BY_DROP[step.drop] ?? byWords(step) ?? byPoint(step, device)
  const more = [main, ...besides(step)].filter(isFeature)
  const [first, ...rest] = [...new Set(more)]
  return first === undefined ? (main as Reason) : [first, ...rest]
}

/** What of the passport stands behind that which was clicked; `device`: its kind, if it is one. */
export function featuresOfEntity(entity: Entity, view: EntityView, device: DeviceKind | null): Entries {
  switch (entity.kind) {
    case 'network':
      return 'wire'
    case 'device':
      return single(OF_DEVICE[device ?? 'ether'])
    case 'object':
      return entity.ref.startsWith('Service/') ? ['services'] : 'control-plane'
    default: {
      const [first, ...rest] = new Set(view.tables.flatMap(({ title }) => OF_TABLE[title] ?? []))
      return first === undefined ? 'every-frame' : [first, ...rest]
    }
  }
}

const isFeature = (entry: Feature | Reason): entry is Feature => !(REASONS as readonly string[]).includes(entry)
const single = (entry: Feature | Reason): Entries => (isFeature(entry) ? [entry] : entry)

const BY_DROP: Readonly<Partial<Record<StepView['drop'], Feature>>> = {
  IP_RPFILTER: 'reverse-path-filter',
  PKT_TOO_BIG: 'path-mtu',
  FRAG_REASM_TIMEOUT: 'fragmentation',
}

/** Families of sentences. */
function byWords({ say: { key } }: Step): Feature | undefined {
  if (key.startsWith('send-icmp') || key.startsWith('icmp-told')) return 'unreachable'
  if (key.startsWith('wireguard-') || key.startsWith('drop-wg-')) return 'wireguard'
  const [, wrapped] = /^(?:un)?wrap-(.+)$/.exec(key) ?? []
  const tunnel = wrapped === undefined ? undefined : OF_DEVICE[wrapped as DeviceKind]
  return tunnel !== undefined && isFeature(tunnel) ? tunnel : undefined
}

function byPoint(step: Step, device: DeviceKind | null): Feature | Reason {
  const entry = OF_POINT[step.point]
  switch (entry) {
    case 'device':
      return atDevice(step, device)
    case 'rules':
      return byTable(step)
    case 'protocol':
      return byProtocol(step)
    default:
      return entry
  }
}

/** A tunnelled packet that no device takes has none of its own: its protocol says what it was. */
function atDevice({ point, before, after }: Step, device: DeviceKind | null): Feature | Reason {
  const entry = OF_DEVICE[device ?? 'ether']
  if (point !== 'tunnel.recv' || isFeature(entry)) return entry
  const layers = (after ?? before)?.layers.map(({ layer }) => layer) ?? []
  for (const kind of ['wireguard', 'geneve', 'gre'] as const) if (layers.includes(kind)) return kind
  return 'ipip'
}

const TABLES: Readonly<Record<string, Feature>> = {
  filter: 'iptables-filter',
  nat: 'iptables-nat',
  mangle: 'iptables-mangle',
  raw: 'iptables-raw',
}

/** Rules and policies: the table is the first word of where they stand. */
const byTable = ({ decision }: Step): Feature => TABLES[decision?.where.split(' ')[0] ?? ''] ?? 'iptables-filter'

/** Programs' packets by their protocol: `socket.send` alone does not say whose. What is neither is only handed to IP. */
function byProtocol({ before, after }: Step): Feature {
  const layers = (after ?? before)?.layers.map(({ layer }) => layer) ?? []
  if (layers.includes('tcp')) return 'tcp'
  return layers.includes('udp') ? 'udp' : 'forwarding'
}

const OWN_TABLES: ReadonlySet<string> = new Set(['main', 'local', 'default'])

/** What a decision is about besides. */
function besides({ decision }: Step): Feature[] {
  if (!decision) return []
  const { kind, where, text, subject } = decision
  const found: Feature[] = []
  if (kind === 'route' && where !== '' && !OWN_TABLES.has(where)) found.push('policy-routing')
  if (kind === 'rule' && / --match-set | -j SET /.test(text)) found.push('ipset')
  if (kind === 'rule' && /\bDOCKER\b/.test(`${where} ${text}`)) found.push('docker')
  if (subject.some(({ ref }) => ref.startsWith('Service/'))) found.push('services')
  return found
}
