import type { ReactNode } from 'react'

/** One key, or keys pressed together: `Ctrl+K`. */
export const Kbd = ({ children }: { readonly children: ReactNode }) => <kbd className="kbd">{children}</kbd>
