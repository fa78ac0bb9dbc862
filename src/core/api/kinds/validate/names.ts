/**
 * Checks of texts. Each answers the complaints, in the API server's words, and nothing when the text is fine
 * (k8s.io/apimachinery/pkg/util/validation and pkg/api/validate/content).
 */
export type TextCheck = (value: string) => string[]

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const DNS1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const KEY_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const CONFIG_KEY = '[-._a-zA-Z0-9]+'

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`)
const LABEL_RE = whole(LABEL)
const SUBDOMAIN_RE = whole(SUBDOMAIN)
const DNS1035_RE = whole(DNS1035)
const KEY_NAME_RE = whole(KEY_NAME)
const LABEL_VALUE_RE = whole(`(${KEY_NAME})?`)
const CONFIG_KEY_RE = whole(CONFIG_KEY)

function regexError(message: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ')
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`
}

export const dns1123Label: TextCheck = (value) => {
  const out: string[] = []
  if (value.length > 63) out.push('must be no more than 63 characters')
  if (!LABEL_RE.test(value)) {
    out.push(
      SUBDOMAIN_RE.test(value)
        ? 'must not contain dots'
        : regexError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            LABEL,
            'my-name',
            '123-abc',
          ),
    )
  }
  return out
}

export const dns1123Subdomain: TextCheck = (value) => {
  const out: string[] = []
  if (value.length > 253) out.push('must be no more than 253 characters')
  if (!SUBDOMAIN_RE.test(value)) {
    out.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN,
        'example.com',
      ),
    )
  }
  return out
}

export const dns1035Label: TextCheck = (value) => {
  const out: string[] = []
  if (value.length > 63) out.push('must be no more than 63 characters')
  if (!DNS1035_RE.test(value)) {
    out.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        DNS1035,
        'my-name',
        'abc-123',
      ),
    )
  }
  return out
}

const KEY_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const KEY_EXAMPLES = ['MyName', 'my.name', '123-abc']

/** A label key: `[prefix/]name`. */
export const qualifiedName: TextCheck = (value) => {
  const parts = value.split('/')
  if (parts.length > 2) {
    const shape = regexError(KEY_MESSAGE, KEY_NAME, ...KEY_EXAMPLES)
    return [`a valid label key ${shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const name = parts[parts.length - 1]!
  const out: string[] = []
  if (parts.length === 2) {
    if (parts[0] === '') out.push('prefix part must be non-empty')
    else out.push(...dns1123Subdomain(parts[0]!).map((text) => `prefix part ${text}`))
  }
  if (name === '') out.push('name part must be non-empty')
  else if (name.length > 63) out.push('name part must be no more than 63 bytes')
  if (!KEY_NAME_RE.test(name)) out.push(`name part ${regexError(KEY_MESSAGE, KEY_NAME, ...KEY_EXAMPLES)}`)
  return out
}

export const labelValue: TextCheck = (value) => {
  const out: string[] = []
  if (value.length > 63) out.push('must be no more than 63 bytes')
  if (!LABEL_VALUE_RE.test(value)) {
    out.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        `(${KEY_NAME})?`,
        'MyValue',
        'my_value',
        '12345',
      ),
    )
  }
  return out
}

/** IANA_SVC_NAME: a named port. */
export const portName: TextCheck = (value) => {
  const out: string[] = []
  if (value.length > 15) out.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(value)) out.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) out.push('must contain at least one letter (a-z)')
  if (value.includes('--')) out.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) out.push('must not begin or end with a hyphen')
  return out
}

export const configMapKey: TextCheck = (value) => {
  const out: string[] = []
  if (value.length > 253) out.push('must be no more than 253 characters')
  if (!CONFIG_KEY_RE.test(value)) {
    out.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    )
  }
  if (value === '.') out.push("must not be '.'")
  else if (value === '..') out.push("must not be '..'")
  else if (value.startsWith('..')) out.push("must not start with '..'")
  return out
}

/** Since 1.34 any printable ASCII but `=` (RelaxedEnvironmentVariableValidation). */
export const envName: TextCheck = (value) =>
  /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]

export const httpHeaderName: TextCheck = (value) =>
  /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [
        regexError(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          '[-A-Za-z0-9]+',
          'X-Header-Name',
        ),
      ]

export const percent: TextCheck = (value) =>
  /^[0-9]+%$/.test(value)
    ? []
    : [regexError("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')]

/** RBAC names: anything that is one path segment. */
export const pathSegment: TextCheck = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((char) => value.includes(char)).map((char) => `may not contain '${char}'`)
}

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const IPV4_RE = whole(`${OCTET}(\\.${OCTET}){3}`)

/** An IPv4 or IPv6 address in any usual spelling (RFC 4291 section 2.2). */
export const isIp = (value: string): boolean => IPV4_RE.test(value) || isIpv6(value)
export const isIpv4Text = (value: string): boolean => IPV4_RE.test(value)

export function isIpv6(value: string): boolean {
  const halves = value.split('::')
  if (halves.length > 2 || !value.includes(':')) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups[groups.length - 1]
  const tail = last !== undefined && last.includes('.') && isIpv4Text(last)
  const hex = tail ? groups.slice(0, -1) : groups
  if (!hex.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false
  const count = hex.length + (tail ? 2 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}

export const ipAddress: TextCheck = (value) =>
  isIp(value) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']

export const cidrText: TextCheck = (value) => {
  const [addr = '', length = '', ...more] = value.split('/')
  const limit = isIpv4Text(addr) ? 32 : isIpv6(addr) ? 128 : -1
  const fine = more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= limit
  return fine ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']
}
