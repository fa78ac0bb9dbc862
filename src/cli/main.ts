import process from 'node:process'

console.error('hopscope: the command line is not built yet')
process.exitCode = 2
