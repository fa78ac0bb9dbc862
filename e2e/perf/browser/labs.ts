import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTwin } from '../../../src/worker/client.ts'
import { connectHost } from '../../../src/worker/host.ts'

const bundled = readFileSync(join(import.meta.dirname, '../../../public/labs/flannel-vxlan.yaml'), 'utf8')

interface Opened {
  readonly text: string
  /** At a packet of the lab's request. */
  readonly cursor: number
}

/** Steps into the story: the request is on its way then. */
const UNDER_WAY = 76

async function atItsRequest(text: string): Promise<Opened> {
  const { ok, cursor } = await createTwin(connectHost).ask('open', { text })
  if (!ok) throw new Error('the lab does not open')
  return { text, cursor: cursor + UNDER_WAY }
}

/** The default lab. */
export const defaultLab = (): Promise<Opened> => atItsRequest(bundled)

/** A lab that no build has opened before: the default one under another name, with other addresses for its pods. */
export const ownLab = (): Promise<Opened> =>
  atItsRequest(bundled.replace('name: flannel-vxlan', 'name: own').replaceAll('10.244.', '10.42.'))

/** The default lab with so many pings between nodes after the request: some 110 steps each. */
export const longLab = (pings: number): string =>
  bundled.replace(
    '  script:\n',
    `  script:\n    - {at: settled, in: pod/default/client, run: "ping -q -i 0.01 -c ${pings} 192.168.10.10"}\n`,
  )

const PAIRS = 8
/** Slow links, and machines that ping each other faster than the answers come. */
export function busyLab(): string {
  const names = Array.from({ length: PAIRS * 2 }, (_, i) => `h${i + 1}`)
  const hosts = names.map(
    (name, i) => `      - {name: ${name}, role: host, interfaces: [{network: lan, address: 10.0.0.${i + 1}}]}`,
  )
  const links = names.map((name) => `      - {between: [${name}, lan], delay: 100ms}`)
  const script = names
    .slice(0, PAIRS)
    .map((name, i) => `    - {at: 1s, in: host/${name}, run: "ping -q -i 0.016 -c 200 10.0.0.${i + 1 + PAIRS}"}`)
  return `apiVersion: hopscope.dev/v1alpha1
kind: Lab
metadata:
  name: busy
spec:
  seed: 1
  fabric:
    networks:
      - {name: lan, cidr: 10.0.0.0/24}
    links:
${links.join('\n')}
    hosts:
${hosts.join('\n')}
  script:
${script.join('\n')}
`
}
