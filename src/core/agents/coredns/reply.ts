import { formatIpv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { DNS_TYPE } from '../../wire/constants.ts'
import { dnsLength, emitDns } from '../../wire/dns.ts'
import type { Dns, DnsRecord } from '../../wire/types.ts'
import type { ServerConfig } from './config.ts'
import type { DnsAnswer } from './kubernetes.ts'
import type { Client, CorednsCtx } from './state.ts'

export const failure = (rcode: number): DnsAnswer => ({ rcode, aa: false, answers: [], authority: [], additional: [] })

/** plugin/loadbalance: aliases first, then the addresses in random order, then the rest. */
function shuffled(ctx: CorednsCtx, records: readonly DnsRecord[]): readonly DnsRecord[] {
  const aliases = records.filter((record) => record.type === 'CNAME')
  const addresses = records.filter((record) => record.type === 'A' || record.type === 'AAAA')
  const rest = records.filter((record) => record.type !== 'CNAME' && record.type !== 'A' && record.type !== 'AAAA')
  for (let i = addresses.length - 1; i > 0; i--) {
    const j = ctx.random(i + 1)
    const swapped = addresses[i]!
    addresses[i] = addresses[j]!
    addresses[j] = swapped
  }
  return [...aliases, ...addresses, ...rest]
}

/** Sends the answer to whoever asked, cut to what fits (RFC 1035 section 4.2.1, RFC 6891). */
export function reply(
  ctx: CorednsCtx,
  config: ServerConfig | undefined,
  client: Client,
  query: Dns,
  answer: DnsAnswer,
  ra: boolean,
): void {
  const opt = query.additional.find((record) => record.type === 'OPT')
  const size = client.tcp ? 65535 : opt?.type === 'OPT' ? Math.max(512, opt.udpSize) : 512
  const message: Dns = {
    l: 'dns',
    id: query.id,
    qr: true,
    opcode: query.opcode,
    aa: answer.aa,
    tc: false,
    rd: query.rd,
    ra,
    rcode: answer.rcode,
    questions: query.questions,
    answers: config?.loadbalance ? shuffled(ctx, answer.answers) : answer.answers,
    authority: answer.authority,
    additional:
      opt?.type === 'OPT' ? [...answer.additional, { ...opt, data: '', extendedRcode: 0 }] : answer.additional,
  }
  const fitting = fit(message, size)
  if (client.tcp) {
    const bytes = emitDns(fitting)
    ctx.send(client.fd, String.fromCharCode(bytes.length >> 8, bytes.length & 255) + bytes)
  } else {
    ctx.sendto(client.fd, { addr: client.addr, port: client.port }, fitting, {
      origin: client.packet,
      src: client.local,
    })
  }
  if (config?.log) logQuery(ctx, client, query, fitting)
}

function fit(message: Dns, size: number): Dns {
  if (dnsLength(message) <= size) return message
  const compressed = { ...message, compressed: true }
  if (dnsLength(compressed) <= size) return compressed
  const bare = { ...compressed, additional: message.additional.filter((record) => record.type === 'OPT') }
  if (dnsLength(bare) <= size) return bare
  let answers = bare.answers
  while (answers.length > 0 && dnsLength({ ...bare, answers }) > size) answers = answers.slice(0, -1)
  return { ...bare, answers, tc: true }
}

export const RCODE_NAMES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const

export function typeName(type: number): string {
  for (const [name, value] of Object.entries(DNS_TYPE)) if (value === type) return name
  return `TYPE${type}`
}

/** plugin/log in its common format. */
function logQuery(ctx: CorednsCtx, client: Client, query: Dns, answer: Dns): void {
  const { name = '.', type = 0 } = query.questions[0] ?? {}
  const flags = [
    'qr',
    ...(answer.aa ? ['aa'] : []),
    ...(answer.tc ? ['tc'] : []),
    ...(answer.rd ? ['rd'] : []),
    ...(answer.ra ? ['ra'] : []),
  ]
  const opt = query.additional.find((record) => record.type === 'OPT')
  const size = opt?.type === 'OPT' ? opt.udpSize : 512
  const request = `"${typeName(type)} IN ${name.toLowerCase()} ${client.tcp ? 'tcp' : 'udp'} ${dnsLength(query)} false ${size}"`
  const took = ((ctx.now - client.at) / SEC).toFixed(9)
  ctx.write(
    1,
    `[INFO] ${formatIpv4(client.addr)}:${client.port} - ${query.id} ${request} ${RCODE_NAMES[answer.rcode] ?? answer.rcode} ${flags.join(',')} ${dnsLength(answer)} ${took}s\n`,
  )
}
