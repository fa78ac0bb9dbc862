import type { HttpResponse } from '../../wire/http.ts'

/** `:10256/healthz` and `/livez` (pkg/proxy/healthcheck/proxy_health.go). */
export function healthResponse(path: string, now: string, lastUpdated: string): HttpResponse {
  const known = path === '/healthz' || path === '/livez'
  const body = known
    ? JSON.stringify({ lastUpdated, currentTime: now, nodeEligible: true, status: { IPv4: { lastUpdated, healthy: true } } })
    : '404 page not found\n'
  return {
    kind: 'response',
    version: 'HTTP/1.1',
    status: known ? 200 : 404,
    reason: known ? 'OK' : 'Not Found',
    headers: [
      ['Content-Type', known ? 'application/json' : 'text/plain; charset=utf-8'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Content-Length', String(body.length)],
    ],
    body,
  }
}
