import type { Pod, Service } from '../../core/api/kinds/types.ts'
import { objectRef } from '../../core/base/ref.ts'
import { type CommandResult, follow } from '../types.ts'
import { type Kubectl, complain } from './context.ts'
import { SHELLS } from './exec.ts'
import { flagRequired, here, make } from './create.ts'
import type { FlagTable } from './flags.ts'

export const RUN_FLAGS: FlagTable = {
  image: 'text',
  port: 'text',
  'labels|l': 'text',
  env: 'list',
  restart: 'text',
  command: 'bool',
  'stdin|i': 'bool',
  'tty|t': 'bool',
  rm: 'bool',
  expose: 'bool',
  overrides: 'absent',
  annotations: 'absent',
  privileged: 'absent',
  'leave-stdin-open': 'absent',
  'override-type': 'absent',
  'quiet|q': 'bool',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
  attach: 'bool',
  'image-pull-policy': 'text',
}

const USAGE = "\nSee 'kubectl run -h' for help and examples"

type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'
const isPullPolicy = (text: string): text is PullPolicy => ['Always', 'IfNotPresent', 'Never'].includes(text)

/** `--expose`: a Service of the pod's name, made before the pod. */
const serviceOf = (k: Kubectl, pod: Pod, port: number): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: here(k, pod.metadata.name),
  spec: { ports: [{ port, protocol: 'TCP', targetPort: port }], selector: pod.metadata.labels ?? {} },
})

/** What two creations print, in order; YAML documents set apart. */
function after(k: Kubectl, first: CommandResult | null, second: CommandResult): CommandResult {
  if (first?.kind !== 'done' || second.kind !== 'done') return second
  const between = k.flags.text('output') === 'yaml' ? '---\n' : ''
  return { ...second, stdout: first.stdout + between + second.stdout }
}

/** `a=b,c=d`. */
export const pairs = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const [key = '', value = ''] = part.split(/=(.*)/s)
        return [key, value] as const
      }),
  )

/** `kubectl run NAME --image=IMAGE [-- args]`. With `-i` it stays until the command has ended. */
export function run(k: Kubectl): CommandResult {
  const [name, ...more] = k.flags.words
  const image = k.flags.text('image')
  if (image === undefined || image === '') return flagRequired('image')
  if (name === undefined) return complain(`NAME is required for run${USAGE}`)
  const restart = k.flags.text('restart') ?? 'Always'
  if (restart !== 'Always' && restart !== 'OnFailure' && restart !== 'Never')
    return complain(`invalid restart policy: ${restart}${USAGE}`)
  const pullPolicy = k.flags.text('image-pull-policy')
  if (pullPolicy !== undefined && !isPullPolicy(pullPolicy))
    return complain(`invalid image pull policy: ${pullPolicy}${USAGE}`)
  const args = k.flags.rest ?? more
  const port = k.flags.number('port')
  if (k.flags.on('expose') && port === undefined) return complain(`--port must be set when exposing a service${USAGE}`)
  if (k.flags.on('tty') && !k.flags.on('stdin'))
    return complain(`-i/--stdin is required for containers with -t/--tty=true${USAGE}`)
  const env = k.flags.each('env').map((said) => {
    const [key = '', value = ''] = said.split(/=(.*)/s)
    return { name: key, value }
  })
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...here(k, name), labels: k.flags.has('labels') ? pairs(k.flags.text('labels')!) : { run: name } },
    spec: {
      containers: [
        {
          name,
          image,
          ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }),
          ...(port !== undefined && { ports: [{ containerPort: port }] }),
          ...(env.length > 0 && { env }),
          ...(args.length > 0 && (k.flags.on('command') ? { command: args } : { args })),
          ...(k.flags.on('stdin') && { stdin: true }),
          ...(k.flags.on('tty') && { tty: true }),
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: restart,
    },
  }
  const attaches = k.flags.on('stdin') || k.flags.on('attach')
  if (k.flags.on('rm') && !attaches) return complain(`--rm should only be used for attached containers${USAGE}`)
  const service = k.flags.on('expose') ? make(k, serviceOf(k, pod, port!)) : null
  if (service?.kind === 'done' && service.exit !== 0) return service
  const made = after(k, service, make(k, pod))
  if (made.kind !== 'done' || made.exit !== 0 || !attaches || k.flags.has('dry-run')) return made
  if (args.length === 0 || (SHELLS.has(args[0]!.split('/').at(-1)!) && args.length === 1)) {
    const stderr = `${made.stderr}Nobody types into a new pod's shell here, so it ends. Run the pod with: -- sleep infinity, then: kubectl exec -it ${name} -- sh\n`
    return { ...made, stderr }
  }
  const ref = objectRef('Pod', pod.metadata.namespace, name)
  return follow({ f: 'attach', ref, container: name, removes: k.flags.on('rm') ? k.actor : null, printed: 0 })
}
