import { countingOf } from './counting.ts'
import { type AnyParams, type Message, render } from './message.ts'

const counting = countingOf('en')

/** A message in English whatever the person's language: for the command line, logs and exceptions. */
export const renderEnglish = (message: Message, params: AnyParams): string => render(message, params, counting)
