import type { Client, Notice } from '../../worker/client.ts'
import type { Cursor, RequestName, Requests, StepView } from '../../worker/protocol.ts'
import { Timeline } from '../state/timeline.ts'
import { story, topology } from './fixture-lab.ts'
import { updateOf } from './timeline.ts'

const TEXT = `apiVersion: hopscope.dev/v1alpha1
kind: Lab
metadata:
  name: fixture
spec:
  seed: 1
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - port: 80
`

/** Answers every request with something of the right form. Tests only: nothing here is computed. */
export function createFixture(rows = story()): Client {
  const listeners = new Set<(notice: Notice) => void>()
  const timeline = new Timeline()
  const update = {
    ...updateOf(rows),
    story: Math.max(
      0,
      rows.findIndex(({ packet }) => packet !== undefined),
    ),
  }
  timeline.update(update)
  const answers: { readonly [N in RequestName]?: (ask: Requests[N]['ask']) => Requests[N]['answer'] } = {
    open: () => {
      for (const listener of listeners) listener({ type: 'timeline', update })
      return {
        ok: true,
        text: TEXT,
        name: 'fixture',
        diagnostics: [],
        problem: null,
        cursor: update.story,
        positions: {},
        cidrs: { pods: null, services: null },
      }
    },
    apply: ({ cursor }) => ({ ok: true, rebooted: false, diagnostics: [], cursor }),
    diagnose: () => ({ diagnostics: [] }),
    complete: () => ({ items: [], from: 0, to: 0 }),
    hover: () => ({ markdown: null, from: 0, to: 0 }),
    run: () => ({ now: timeline.now, settled: true }),
    topology: () => ({ topology, revision: 1 }),
    step: ({ cursor }) => ({ step: stepAt(timeline, cursor) }),
    steps: () => ({ steps: [] }),
    entity: () => ({ view: null }),
    line: () => ({ ref: null, rows: [] }),
    completeLine: () => ({ candidates: [], from: 0 }),
    find: () => ({ hits: [] }),
    share: () => ({ fragment: 'lab=AQ' }),
    edit: ({ text }) => ({ text }),
  }
  return {
    ask: async (name, ask) => {
      const answer = answers[name]
      if (!answer) throw new Error(`not in the fixture: ${name}`)
      return answer(ask)
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function stepAt(timeline: Timeline, cursor: Cursor): StepView {
  const packet = timeline.columns.packet[cursor]!
  const field = (name: string, value: string, offset: number, length: number, changed = false) => ({
    name,
    value,
    changed,
    offset,
    length,
  })
  const rewrites = timeline.verdict(cursor) === 'rewrite'
  const bytes = Uint8Array.from({ length: 74 }, (_, i) => (i * 37) & 255)
  const view = (to: string, changed: boolean) => ({
    layers: [
      { layer: 'eth', fields: [field('dst', '0a:58:0a:f4:01:01', 0, 6), field('src', '0a:58:0a:f4:01:04', 6, 6)] },
      {
        layer: 'ipv4',
        fields: [field('ttl', '63', 22, 1), field('src', '10.244.1.4', 26, 4), field('dst', to, 30, 4, changed)],
      },
      {
        layer: 'tcp',
        fields: [field('sport', '41232', 34, 2), field('dport', '80', 36, 2), field('flags', 'S', 47, 1)],
      },
    ],
    bytes,
    length: 74,
  })
  return {
    cursor,
    t: timeline.columns.t[cursor]!,
    packet,
    parent: 0,
    origin: 0,
    place: timeline.columns.place[cursor]!,
    placeName: 'node1',
    host: 'node1',
    dev: timeline.columns.dev[cursor]!,
    devName: 'cni0',
    point: timeline.point(cursor),
    verdict: timeline.verdict(cursor),
    drop: timeline.drop(cursor),
    depth: timeline.columns.depth[cursor]!,
    say: { key: 'fixture', params: { record: cursor, from: '10.96.12.5:80', to: '10.244.2.4:80' } },
    decision: {
      kind: 'rule',
      where: 'nat KUBE-SEP-XYZ rule 2',
      text: '-A KUBE-SEP-XYZ -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.2.4:80',
      failedTerm: null,
      subject: [{ ref: 'Service/default/web', line: 8 }],
      causes: [{ actor: 'kube-proxy@node1', verb: 'write', ref: 'EndpointSlice/default/web-abcde' }],
      writtenAt: 412_000_000,
    },
    before: packet === 0 ? null : view('10.96.12.5', false),
    after: packet === 0 ? null : view(rewrites ? '10.244.2.4' : '10.96.12.5', rewrites),
    changed: rewrites ? [{ table: 'conntrack', key: '1', text: 'tcp 6 119 SYN_SENT' }] : [],
  }
}
