/** Paths of a node's file system that several programs agree on. */
export const CNI_BIN = '/opt/cni/bin'

/** What stands for the content of a program file: the simulator selects programs by their names. */
export const binary = (name: string): string => `\u007fELF ${name}\n`
