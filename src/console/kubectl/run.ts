import type { Pod } from '../../core/api/kinds/types.ts'
import type { CommandResult } from '../types.ts'
import { type Kubectl, complain } from './context.ts'
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
  overrides: 'text',
  'quiet|q': 'bool',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
  attach: 'bool',
  'image-pull-policy': 'text',
  'grace-period': 'text',
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

/** `kubectl run NAME --image=IMAGE [-- args]`. Attaching (`-it`, `--rm`) is left to `kubectl exec` and `logs`. */
export function run(k: Kubectl): CommandResult {
  const [name, ...more] = k.flags.words
  const image = k.flags.text('image')
  if (image === undefined || image === '') return flagRequired('image')
  if (name === undefined) return complain(`NAME is required for run\nSee 'kubectl run -h' for help and examples`)
  const restart = k.flags.text('restart') ?? 'Always'
  if (restart !== 'Always' && restart !== 'OnFailure' && restart !== 'Never')
    return complain(`invalid restart policy: ${restart}`)
  const args = k.flags.rest ?? more
  const port = k.flags.number('port')
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
          ...(port !== undefined && { ports: [{ containerPort: port }] }),
          ...(env.length > 0 && { env }),
          ...(args.length > 0 && (k.flags.on('command') ? { command: args } : { args })),
          ...(k.flags.on('stdin') && { stdin: true }),
          ...(k.flags.on('tty') && { tty: true }),
        },
      ],
      restartPolicy: restart,
    },
  }
  const made = make(k, pod)
  if (made.kind !== 'done' || made.exit !== 0 || !(k.flags.on('stdin') || k.flags.on('rm'))) return made
  return {
    ...made,
    stderr: `${made.stderr}The lab does not attach to a new pod; use: kubectl exec -it ${name} -- sh\n`,
  }
}
