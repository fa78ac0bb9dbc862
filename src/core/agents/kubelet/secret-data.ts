import { base64 } from '@scure/base'
import { bytesToData, decodeUtf8 } from '../../wire/utf8.ts'

/** The text of a value of Secret.data. What is not base64 (the API server admits none) reads as nothing. */
export function decodeBase64(value: string): string {
  try {
    return decodeUtf8(bytesToData(base64.decode(value)))
  } catch {
    return ''
  }
}
