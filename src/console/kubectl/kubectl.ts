import { type Command, type CommandResult, done, fail } from '../types.ts'
import { APPLY_FLAGS, apply } from './apply.ts'
import { LABEL_FLAGS, mark } from './mark.ts'
import { PATCH_FLAGS, patch } from './patch.ts'
import { SCALE_FLAGS, SET_FLAGS, scale, set } from './scale.ts'
import { TAINT_FLAGS, taint } from './taint.ts'
import { KubectlStop, type Verb, complain } from './context.ts'
import { CREATE_FLAGS, create } from './create.ts'
import { EXPOSE_FLAGS, expose } from './expose.ts'
import { RUN_FLAGS, run } from './run.ts'
import { DELETE_FLAGS, remove } from './delete.ts'
import { DESCRIBE_FLAGS, describe } from './describe/describe.ts'
import { EVENTS_FLAGS, listEvents } from './events.ts'
import { EXEC_FLAGS, exec } from './exec.ts'
import { type FlagTable, type Flags, parseFlags, splitVerb } from './flags.ts'
import { GET_FLAGS, get } from './get.ts'
import {
  API_RESOURCES_FLAGS,
  CONFIG_FLAGS,
  CONTEXT,
  EXPLAIN_FLAGS,
  NAMESPACE_FILE,
  VERSION_FLAGS,
  apiResources,
  apiVersions,
  clusterInfo,
  config,
  explain,
  version,
} from './info.ts'
import { LOGS_FLAGS, logs } from './logs.ts'
import { CORDON_FLAGS, DRAIN_FLAGS, cordon, drain } from './nodes.ts'
import { ROLLOUT_FLAGS, rollout } from './rollout.ts'
import { WAIT_FLAGS, wait } from './wait.ts'

interface VerbInfo {
  readonly run: Verb
  readonly flags: FlagTable
  readonly about: string
  readonly usage: string
  /** Words after this many belong to another command line. */
  readonly stopAtWord?: number
}

const notModelled =
  (message: string): Verb =>
  () =>
    complain(message)

/** Every verb, with what `--help` says of it in short. */
export const VERBS: Readonly<Record<string, VerbInfo>> = {
  get: {
    run: get,
    flags: GET_FLAGS,
    about: 'Display one or many resources.',
    usage:
      'get [(-o|--output=)json|yaml|name|jsonpath|custom-columns|wide] (TYPE [NAME | -l label] | TYPE/NAME ...) [flags]',
  },
  describe: {
    run: describe,
    flags: DESCRIBE_FLAGS,
    about: 'Show details of a specific resource or group of resources.',
    usage: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  },
  apply: {
    run: apply,
    flags: APPLY_FLAGS,
    about: 'Apply a configuration to a resource by file name or stdin.',
    usage: 'apply (-f FILENAME | -)',
  },
  create: {
    run: create,
    flags: CREATE_FLAGS,
    about: 'Create a resource from a file or from stdin.',
    usage: 'create (-f FILENAME | deployment | service | namespace | configmap | secret | serviceaccount)',
  },
  run: {
    run,
    flags: RUN_FLAGS,
    about: 'Create and run a particular image in a pod.',
    usage: 'run NAME --image=image [--env="key=value"] [--port=port] [-- COMMAND] [args...]',
    stopAtWord: 2,
  },
  expose: {
    run: expose,
    flags: EXPOSE_FLAGS,
    about: 'Expose a resource as a new Kubernetes service.',
    usage: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--target-port=number-or-name] [--name=name] [--type=type]',
  },
  delete: {
    run: remove,
    flags: DELETE_FLAGS,
    about: 'Delete resources by file names, stdin, resources and names, or by resources and label selector.',
    usage: 'delete ([-f FILENAME] | TYPE [(NAME | -l label | --all)])',
  },
  scale: {
    run: scale,
    flags: SCALE_FLAGS,
    about: 'Set a new size for a deployment or replica set.',
    usage: 'scale [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  },
  rollout: {
    run: rollout,
    flags: ROLLOUT_FLAGS,
    about: 'Manage the rollout of one or many resources.',
    usage: 'rollout (history | pause | restart | resume | status | undo) (TYPE NAME | TYPE/NAME)',
  },
  set: {
    run: set,
    flags: SET_FLAGS,
    about: 'Configure application resources.',
    usage: 'set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ...',
  },
  label: {
    run: mark('labels'),
    flags: LABEL_FLAGS,
    about: 'Update the labels on a resource.',
    usage: 'label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N-',
  },
  annotate: {
    run: mark('annotations'),
    flags: LABEL_FLAGS,
    about: 'Update the annotations on one or more resources.',
    usage: 'annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N-',
  },
  taint: {
    run: taint,
    flags: TAINT_FLAGS,
    about: 'Update the taints on one or more nodes.',
    usage: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N:TAINT_EFFECT_N-',
  },
  cordon: { run: cordon(true), flags: CORDON_FLAGS, about: 'Mark node as unschedulable.', usage: 'cordon NODE' },
  uncordon: { run: cordon(false), flags: CORDON_FLAGS, about: 'Mark node as schedulable.', usage: 'uncordon NODE' },
  drain: {
    run: drain,
    flags: DRAIN_FLAGS,
    about: 'Drain node in preparation for maintenance.',
    usage: 'drain NODE [--ignore-daemonsets] [--force]',
  },
  patch: {
    run: patch,
    flags: PATCH_FLAGS,
    about: 'Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.',
    usage: 'patch (-f FILENAME | TYPE NAME) [-p PATCH] [--type=json|merge|strategic]',
  },
  exec: {
    run: exec,
    flags: EXEC_FLAGS,
    about: 'Execute a command in a container.',
    usage: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
    stopAtWord: 2,
  },
  logs: {
    run: logs,
    flags: LOGS_FLAGS,
    about: 'Print the logs for a container in a pod or specified resource.',
    usage: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  },
  wait: {
    run: wait,
    flags: WAIT_FLAGS,
    about: 'Wait for a specific condition on one or many resources.',
    usage: 'wait (TYPE NAME | TYPE/NAME) --for=delete|condition=CONDITION|jsonpath=...',
  },
  explain: {
    run: explain,
    flags: EXPLAIN_FLAGS,
    about: 'Describe fields and structure of various resources.',
    usage: 'explain TYPE [--recursive=FALSE|TRUE]',
  },
  'api-resources': {
    run: apiResources,
    flags: API_RESOURCES_FLAGS,
    about: 'Print the supported API resources on the server.',
    usage: 'api-resources [flags]',
  },
  'api-versions': {
    run: apiVersions,
    flags: {},
    about: 'Print the supported API versions on the server.',
    usage: 'api-versions',
  },
  version: {
    run: version,
    flags: VERSION_FLAGS,
    about: 'Print the client and server version information.',
    usage: 'version',
  },
  'cluster-info': { run: clusterInfo, flags: {}, about: 'Display cluster information.', usage: 'cluster-info' },
  config: {
    run: config,
    flags: CONFIG_FLAGS,
    about: 'Modify kubeconfig files.',
    usage: 'config (current-context | get-contexts | set-context | use-context | view)',
  },
  top: {
    run: notModelled('Metrics API not available'),
    flags: { 'all-namespaces|A': 'bool', containers: 'bool', 'sort-by': 'text', 'selector|l': 'text' },
    about: 'Display resource (CPU/memory) usage.',
    usage: 'top (node | pod)',
  },
  edit: {
    run: notModelled(
      'there is no editor in this terminal; edit the YAML of the lab, or use kubectl patch or kubectl apply',
    ),
    flags: { 'filename|f': 'list', 'output|o': 'text' },
    about: 'Edit a resource on the server.',
    usage: 'edit (TYPE NAME)',
  },
  'port-forward': {
    run: notModelled('port-forward is not modelled in this lab; run curl inside a pod, a node or a host instead'),
    flags: { address: 'text', 'pod-running-timeout': 'text' },
    about: 'Forward one or more local ports to a pod.',
    usage: 'port-forward TYPE/NAME [LOCAL_PORT:]REMOTE_PORT',
  },
  events: {
    run: listEvents,
    flags: EVENTS_FLAGS,
    about: 'Display events.',
    usage: 'events [--for TYPE/NAME] [-A]',
  },
}

const NOT_HERE = [
  'attach',
  'auth',
  'autoscale',
  'certificate',
  'completion',
  'cp',
  'debug',
  'diff',
  'kustomize',
  'plugin',
  'proxy',
  'replace',
]

const USAGE = `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/

Commands:
${Object.entries(VERBS)
  .map(([name, { about }]) => `  ${name.padEnd(15)} ${about}`)
  .join('\n')}

Usage:
  kubectl [flags] [options]

Use "kubectl <command> --help" for more information about a given command.
`

/** `kubectl`: reads and writes the API server of the lab as its administrator. */
export const kubectlCommand: Command = (env, place, argv, stdin) => {
  const { verb, rest } = splitVerb(argv)
  if (verb === '' || verb === 'help') {
    const about = verb === 'help' ? rest[0] : undefined
    return about !== undefined && Object.hasOwn(VERBS, about) ? help(about) : done(USAGE)
  }
  if (NOT_HERE.includes(verb)) return fail(`error: kubectl ${verb} is not available in this lab\n`)
  const info = Object.hasOwn(VERBS, verb) ? VERBS[verb]! : undefined
  if (!info) return fail(`error: unknown command ${JSON.stringify(verb)} for "kubectl"\n${suggestion(verb)}`)
  return guarded(() => {
    const flags = parseFlags(verb, info.flags, rest, info.stopAtWord)
    if (flags.on('help')) return help(verb)
    const { api } = env
    if (!api)
      return fail('The connection to the server localhost:8080 was refused - did you specify the right host or port?\n')
    checkContext(flags)
    const own = env.processes?.files.read(place.fs, NAMESPACE_FILE)?.trim() ?? ''
    const namespace = flags.text('namespace') || own || 'default'
    return info.run({ env, place, api, actor: env.actor ?? 'you', now: env.kernel.now, namespace, flags, stdin })
  })
}

/** The lab has one cluster, one user and one context (clientcmd's words). */
function checkContext(flags: Flags): void {
  const known = { context: CONTEXT, cluster: 'kubernetes', user: 'kubernetes-admin' }
  const words = { context: 'context', cluster: 'cluster', user: 'auth info' }
  for (const flag of ['context', 'cluster', 'user'] as const) {
    const asked = flags.text(flag)
    if (asked !== undefined && asked !== known[flag]) complain(`${words[flag]} ${JSON.stringify(asked)} does not exist`)
  }
}

function guarded(act: () => CommandResult): CommandResult {
  try {
    return act()
  } catch (problem) {
    if (problem instanceof KubectlStop)
      return { kind: 'done', stdout: problem.stdout, stderr: problem.stderr, exit: problem.exit }
    throw problem
  }
}

function help(verb: string): CommandResult {
  const { about, usage, flags } = VERBS[verb]!
  const options = Object.entries(flags).map(([key, kind]) => {
    const [name, letter] = key.split('|')
    return `    ${letter ? `-${letter}, ` : ''}--${name}${kind === 'bool' ? '' : '='}`
  })
  const list = options.length === 0 ? '' : `\nOptions:\n${options.join('\n')}\n`
  return done(
    `${about}\n${list}\nUsage:\n  kubectl ${usage}\n\nUse "kubectl options" for a list of global command-line options (applies to all commands).\n`,
  )
}

function suggestion(verb: string): string {
  const near = Object.keys(VERBS).filter((known) => distance(known, verb) <= 2 || known.startsWith(verb))
  return near.length === 0 ? '' : `\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join('')}\n`
}

/** Levenshtein distance of two short words. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
