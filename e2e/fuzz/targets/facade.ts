import { Random } from '../random.ts'
import { createTwin } from '../../../src/worker/client.ts'
import { connectHost } from '../../../src/worker/host.ts'
import { documents } from './document.ts'
import { mutate } from '../mutate.ts'
import { type Target, kindOf } from '../target.ts'

const LINES = [
  'curl -m 2 http://web',
  'ping -c 2 10.244.1.3',
  'kubectl scale deploy web --replicas=1',
  'kubectl delete pod --all',
  'kubectl delete deploy web',
  'ip link set eth0 down',
  'ip route del default',
  'iptables -F',
  'iptables -t nat -F',
  'kubectl get pods -A',
  'while true; do echo x; done',
]
const PLACES = ['pod/default/client', 'node/node1', 'node/node2', 'host/laptop', 'router/r1', 'deploy/default/web']

/** A number out of a text, so that the same text always does the same. */
const seedOf = (text: string): number => [...text].reduce((sum, char) => Math.imul(sum, 31) + char.charCodeAt(0), 7)

/** What a person does with a lab, at random: open, look, step back, type, edit, undo, share. The simulator never fails. */
export const facade: Target = {
  name: 'facade',
  about: 'a lab in the hands of a person: opened, looked at, stepped back, typed at, edited, undone, shared, exported',
  dictionary: documents.dictionary,
  seeds: documents.seeds,
  limit: 20_000,
  patience: 20_000,
  async run(input) {
    const random = new Random(seedOf(input))
    const failures: string[] = []
    const client = createTwin(connectHost)
    let length = 0
    client.listen((notice) => {
      if (notice.type === 'failed') failures.push(notice.report)
      if (notice.type === 'timeline') length = notice.update.from + notice.update.length
    })
    const opened = await client.ask('open', { text: input })
    if (!opened.ok) return 'refused'
    const kinds: string[] = []
    const cursor = (): number => (random.below(3) === 0 ? Math.max(0, length - 1) : random.below(length + 2))
    let text = input
    for (let i = 0; i < 8; i++) {
      const at = cursor()
      switch (random.below(8)) {
        case 0: {
          const { step } = await client.ask('step', { cursor: at })
          kinds.push(step?.say.key ?? 'nothing')
          break
        }
        case 1:
          await client.ask('topology', { cursor: at })
          break
        case 2: {
          const ran = await client.ask('exec', { place: random.pick(PLACES), line: random.pick(LINES), cursor: at })
          kinds.push(`${ran.ok}`)
          break
        }
        case 3: {
          const pool = { dictionary: documents.dictionary, others: [text], bytes: false }
          const edited = mutate(text, random, pool, 20_000)
          const applied = await client.ask('apply', { text: edited, cursor: at })
          kinds.push(applied.ok ? 'edited' : kindOf(applied.diagnostics[0]?.message ?? 'no word'))
          if (applied.ok) text = edited
          break
        }
        case 4: {
          const undone = await client.ask('apply', { text: input, cursor: at })
          if (undone.ok) text = input
          break
        }
        case 5:
          await client.ask('run', { until: random.below(5) * 1e9 })
          break
        case 6: {
          const { fragment } = await client.ask('share', { text, cursor: at })
          if (!fragment.startsWith('#')) kinds.push('no fragment')
          break
        }
        default:
          await client.ask('export', { to: 'netns', cursor: at })
          await client.ask('find', { query: random.pick(['web', '10.244.', 'KUBE-', '', '(']), cursor: at })
      }
    }
    // what runs on in slices afterwards: another lab takes its place
    await client.ask('open', { text: NOTHING })
    // its timer holds the lab that was open before; answers alone never let a timer run
    await new Promise((done) => setTimeout(done, 0))
    if (failures.length > 0) throw new Error(failures[0])
    return kinds.join()
  },
}

const NOTHING =
  'apiVersion: hopscope.dev/v1alpha1\nkind: Lab\nmetadata: {name: x}\nspec: {fabric: {networks: [{name: n, cidr: 10.0.0.0/24}], hosts: [{name: h, role: host, interfaces: [{network: n}]}]}}\n'
