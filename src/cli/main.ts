import process from 'node:process'
import { type Invocation, USAGE, readArguments } from './arguments.ts'
import { Refusal } from './lab.ts'
import { exportVerb } from './export.ts'
import { exec, pcap, run, trace, verify } from './verbs.ts'

/** Exit statuses: 0 done, the command's own for `exec`, 1 a finding of `verify`, 2 what could not be read or understood. */
async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv[0] === 'help' || argv[0] === '--help' || argv[0] === '-h') {
    process.stdout.write(USAGE)
    return argv.length === 0 ? 2 : 0
  }
  const invocation = readArguments(argv)
  if (typeof invocation === 'string') {
    process.stderr.write(`hopscope: ${invocation}\n\n${USAGE}`)
    return 2
  }
  return dispatch(invocation)
}

async function dispatch(invocation: Invocation): Promise<number> {
  const verbs = { run, exec, trace, pcap, export: exportVerb, verify }
  try {
    return await verbs[invocation.verb](invocation)
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem
    process.stderr.write(`${problem.message}\n`)
    return 2
  }
}

// A reader that stops early (`| head`) closes the pipe: that is no error.
process.stdout.on('error', (problem: NodeJS.ErrnoException) => {
  if (problem.code === 'EPIPE') process.exit(0)
  throw problem
})
process.exitCode = await main(process.argv.slice(2))
