/** Bytes → DNS message. Bounded: every compression pointer must point further back, every name ends within 255 bytes. */
import { DNS_TYPE } from './constants.ts'
import { labelsName } from './dns-name.ts'
import type { Dns, DnsName, DnsQuestion, DnsRecord } from './types.ts'

/** The message that fills `data` exactly, or `null` when it is not one. */
export function parseDns(data: string): Dns | null {
  const reader = new DnsReader(data)
  const id = reader.u16()
  const flags = reader.u16()
  const counts = [reader.u16(), reader.u16(), reader.u16(), reader.u16()] as const
  if ((flags & 0x0040) !== 0) return null
  const questions = many(counts[0], reader, readQuestion)
  const answers = many(counts[1], reader, readRecord)
  const authority = many(counts[2], reader, readRecord)
  const additional = many(counts[3], reader, readRecord)
  if (reader.failed || reader.at !== data.length) return null
  return {
    l: 'dns',
    id,
    qr: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    aa: (flags & 0x0400) !== 0,
    tc: (flags & 0x0200) !== 0,
    rd: (flags & 0x0100) !== 0,
    ra: (flags & 0x0080) !== 0,
    ad: (flags & 0x0020) !== 0 ? true : undefined,
    cd: (flags & 0x0010) !== 0 ? true : undefined,
    rcode: flags & 15,
    questions,
    answers,
    authority,
    additional,
    compressed: reader.pointers > 0 ? true : undefined,
  }
}

/** A hostile count stops at the first record that is not there. */
function many<T>(count: number, reader: DnsReader, read: (reader: DnsReader) => T): T[] {
  const out: T[] = []
  for (let i = 0; i < count && !reader.failed; i++) out.push(read(reader))
  return out
}

function readQuestion(reader: DnsReader): DnsQuestion {
  return { name: reader.name(), type: reader.u16(), class: reader.u16() }
}

function readRecord(reader: DnsReader): DnsRecord {
  const start = reader.at
  const name = reader.name()
  const type = reader.u16()
  if (type === DNS_TYPE.OPT) return readOpt(reader, reader.at - start === 3)
  const head = { name, class: reader.u16(), ttl: reader.u32() }
  const length = reader.u16()
  const end = reader.at + length
  const record = readRdata(reader, head, type, end)
  if (reader.at !== end) reader.failed = true
  return record
}

function readOpt(reader: DnsReader, atRoot: boolean): DnsRecord {
  if (!atRoot) reader.failed = true
  return {
    type: 'OPT',
    udpSize: reader.u16(),
    extendedRcode: reader.u8(),
    version: reader.u8(),
    flags: reader.u16(),
    data: reader.take(reader.u16()),
  }
}

interface Head {
  readonly name: DnsName
  readonly class: number
  readonly ttl: number
}

function readRdata(reader: DnsReader, head: Head, type: number, end: number): DnsRecord {
  switch (type) {
    case DNS_TYPE.A:
      return { ...head, type: 'A', address: reader.u32() }
    case DNS_TYPE.AAAA:
      return { ...head, type: 'AAAA', address: reader.take(16) }
    case DNS_TYPE.CNAME:
      return { ...head, type: 'CNAME', target: reader.name() }
    case DNS_TYPE.PTR:
      return { ...head, type: 'PTR', target: reader.name() }
    case DNS_TYPE.NS:
      return { ...head, type: 'NS', target: reader.name() }
    case DNS_TYPE.SRV:
      return readSrv(reader, head)
    case DNS_TYPE.TXT:
      return { ...head, type: 'TXT', texts: readTexts(reader, end) }
    case DNS_TYPE.SOA:
      return readSoa(reader, head)
    default:
      return { ...head, type: 'RAW', code: type, data: reader.take(end - reader.at) }
  }
}

function readSrv(reader: DnsReader, head: Head): DnsRecord {
  const [priority, weight, port] = [reader.u16(), reader.u16(), reader.u16()]
  return { ...head, type: 'SRV', priority, weight, port, target: reader.name() }
}

function readTexts(reader: DnsReader, end: number): string[] {
  const texts: string[] = []
  while (reader.at < end && !reader.failed) texts.push(reader.take(reader.u8()))
  return texts
}

function readSoa(reader: DnsReader, head: Head): DnsRecord {
  const [mname, rname] = [reader.name(), reader.name()]
  const [serial, refresh, retry] = [reader.u32(), reader.u32(), reader.u32()]
  return { ...head, type: 'SOA', mname, rname, serial, refresh, retry, expire: reader.u32(), minimum: reader.u32() }
}

/** Reads past the end yield zeros and set `failed`. */
class DnsReader {
  readonly data: string
  at = 0
  pointers = 0
  failed = false

  constructor(data: string) {
    this.data = data
  }

  u8(): number {
    if (this.at >= this.data.length) this.failed = true
    return this.failed ? 0 : this.data.charCodeAt(this.at++)
  }

  u16(): number {
    return this.u8() * 256 + this.u8()
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16()
  }

  take(length: number): string {
    if (length < 0 || this.at + length > this.data.length) this.failed = true
    if (this.failed) return ''
    this.at += length
    return this.data.slice(this.at - length, this.at)
  }

  name(): DnsName {
    const labels: string[] = []
    let wire = 1
    let resume = -1
    let limit = this.at
    for (;;) {
      const length = this.u8()
      if (length === 0) break
      if (length >= 0xc0) {
        const target = (length & 0x3f) * 256 + this.u8()
        if (resume < 0) resume = this.at
        // each jump goes further back than the last one did, so this ends
        if (target >= limit) this.failed = true
        limit = target
        this.at = target
        this.pointers += 1
      } else {
        wire += length + 1
        if (length > 63 || wire > 255) this.failed = true
        labels.push(this.take(length))
      }
      if (this.failed) break
    }
    if (resume >= 0) this.at = resume
    return labelsName(labels)
  }
}
