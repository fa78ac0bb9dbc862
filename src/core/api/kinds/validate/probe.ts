import {
  type Field,
  type FieldCause,
  append,
  child,
  complain,
  forbidden,
  inRange,
  invalid,
  nonNegative,
  notSupported,
  required,
} from '../field.ts'
import type { Container, HttpGetAction, IntOrString, LifecycleHandler, Probe } from '../types.ts'
import { httpHeaderName, portName } from './names.ts'

/** A number from 1 to 65535 or a port's name. */
export function validatePortNumOrName(port: IntOrString | undefined, at: Field): FieldCause[] {
  if (typeof port === 'string') return complain(at, port, portName(port))
  return inRange(at, port ?? 0, 1, 65535)
}

/** `once`: liveness and startup probes succeed at the first success. */
export function validateProbe(probe: Probe | undefined, at: Field, once: boolean): FieldCause[] {
  if (!probe) return []
  const out = validateHandler(probe, at)
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    append(out, nonNegative(child(at, field), probe[field]))
  }
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && grace <= 0)
    out.push(invalid(child(at, 'terminationGracePeriodSeconds'), grace, 'must be greater than 0'))
  if (once && probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    out.push(invalid(child(at, 'successThreshold'), probe.successThreshold, 'must be 1'))
  }
  if (!once && grace !== undefined)
    out.push(invalid(child(at, 'terminationGracePeriodSeconds'), grace, 'must not be set for readinessProbes'))
  return out
}

export function validateLifecycle(container: Container, at: Field): FieldCause[] {
  const { postStart, preStop } = container.lifecycle ?? {}
  const place = child(at, 'lifecycle')
  return [
    ...(postStart ? validateHandler(postStart, child(place, 'postStart')) : []),
    ...(preStop ? validateHandler(preStop, child(place, 'preStop')) : []),
  ]
}

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const

/** Exactly one handler, and that one well formed (core validation.go validateHandler). */
function validateHandler(handler: Probe & LifecycleHandler, at: Field): FieldCause[] {
  const present = HANDLERS.filter((name) => handler[name] !== undefined)
  if (present.length === 0) return [required(at, 'must specify a handler type')]
  const extra = present.slice(1).map((name) => forbidden(child(at, name), 'may not specify more than 1 handler type'))
  const place = child(at, present[0]!)
  switch (present[0]) {
    case 'exec':
      return [...((handler.exec?.command ?? []).length === 0 ? [required(child(place, 'command'))] : []), ...extra]
    case 'httpGet':
      return [...validateHttpGet(handler.httpGet!, place), ...extra]
    case 'tcpSocket':
      return [...validatePortNumOrName(handler.tcpSocket!.port, child(place, 'port')), ...extra]
    case 'grpc':
      return [...validatePortNumOrName(handler.grpc!.port, child(place, 'port')), ...extra]
    default:
      return extra
  }
}

function validateHttpGet(http: HttpGetAction, at: Field): FieldCause[] {
  const out: FieldCause[] = []
  if (!http.path) out.push(required(child(at, 'path')))
  append(out, validatePortNumOrName(http.port, child(at, 'port')))
  const scheme = http.scheme ?? 'HTTP'
  if (!['HTTP', 'HTTPS'].includes(scheme)) out.push(notSupported(child(at, 'scheme'), scheme, ['HTTP', 'HTTPS']))
  for (const header of http.httpHeaders ?? [])
    append(out, complain(child(at, 'httpHeaders'), header.name, httpHeaderName(header.name)))
  return out
}
