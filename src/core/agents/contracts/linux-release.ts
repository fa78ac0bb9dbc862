/** The Linux that every machine of a lab runs, as `uname -r` prints it and nodes report it. */
export const LINUX_RELEASE = '6.18.0'
