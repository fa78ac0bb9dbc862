import { formatIpv4, parseIpv4 } from '../../../base/ipv4.ts'
import type { HttpResponse } from '../../../wire/http.ts'
import { decodeUtf8 } from '../../../wire/utf8.ts'
import type { Ctx, ProgramEvent } from '../../contracts/program.ts'
import type { HttpStep } from './client.ts'
import { optionsOf } from './curl-options.ts'
import type { CurlState } from './curl.ts'

/** The lines of -v that the progress of the call calls for. */
export function tell(ctx: Ctx<CurlState>, state: CurlState, step: HttpStep, event?: ProgramEvent): CurlState {
  const { call } = step
  if (!optionsOf(ctx.argv).has('v')) return state
  let { told } = state
  const say = (line: string): void => ctx.write(2, `${line}\n`)
  const addresses = call.addresses.map(formatIpv4)
  if (told === 'nothing' && addresses.length > 0) {
    if (parseIpv4(call.host) === null) {
      say(`* Host ${call.host}:${call.port} was resolved.\n* IPv6: (none)\n* IPv4: ${addresses.join(', ')}`)
    }
    say(`*   Trying ${addresses[0]}:${call.port}...`)
    told = 'trying'
  }
  if (event?.type === 'connect-failed') {
    const words =
      event.errno === 'ECONNREFUSED'
        ? 'Connection refused'
        : event.errno === 'EHOSTUNREACH'
          ? 'No route to host'
          : 'Connection timed out'
    say(`* connect to ${addresses[Math.max(0, call.at - 1)]} port ${call.port} failed: ${words}`)
    if (addresses[call.at] !== undefined) say(`*   Trying ${addresses[call.at]}:${call.port}...`)
  }
  if (told === 'trying' && call.phase === 'waiting') {
    say(`* Connected to ${call.host} (${addresses[call.at]}) port ${call.port}\n* using HTTP/1.x`)
    const [head = ''] = call.request.split('\r\n\r\n')
    for (const line of head.split('\r\n')) say(`> ${decodeUtf8(line)}`)
    say('> \n* Request completely sent off')
    told = 'sent'
  }
  if (step.t === 'response') {
    for (const line of headLines(step.response)) say(`< ${line}`)
    say('< ')
    say(`* Connection #0 to host ${call.host} left intact`)
  }
  return { ...state, told }
}

/** Status line and headers as text. */
export const headLines = ({ version, status, reason, headers }: HttpResponse): readonly string[] => [
  `${version} ${status}${reason === '' ? '' : ` ${reason}`}`,
  ...headers.map(([name, value]) => `${name}: ${decodeUtf8(value)}`),
]
