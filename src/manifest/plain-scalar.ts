/**
 * What a plain (unquoted) scalar means to Kubernetes: sigs.k8s.io/yaml resolves them as goyaml.v2 does, which is YAML 1.1
 * for booleans (`yes`, `on`, `y`), Go's notation for integers, and plain text for timestamps and base-60 numbers.
 */
export function resolvePlain(text: string): string | number | boolean | null {
  if (/^(~|null|Null|NULL)?$/.test(text)) return null
  if (/^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true
  if (/^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false
  return /^[-+.\d]/.test(text) ? (resolveNumber(text) ?? text) : text
}

const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/

function resolveNumber(text: string): number | null {
  const plain = text.replaceAll('_', '')
  const integer = /^([-+]?)(0x[\da-fA-F]+|0b[01]+|0o[0-7]+|0[0-7]*|[1-9]\d*)$/.exec(plain)
  if (integer) {
    const digits = integer[2]!
    const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits)
    return integer[1] === '-' ? -value : value
  }
  return FLOAT.test(plain) ? Number(plain) : null
}
