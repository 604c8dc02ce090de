import { ConfigError } from './config.ts';

/** Where a process was to listen, and the variables that say so. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly hostVariable: string;
  readonly portVariable: string;
}

/** A failure to listen that the environment is to blame for, as a ConfigError that names the variable; else the error itself. */
export function listenProblem(error: NodeJS.ErrnoException, address: ListenAddress): Error {
  const { host, port, hostVariable, portVariable } = address;
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigError(
        `${portVariable}: port ${port} of ${host} is in use. Stop the process that listens there, or set another port from 0 to 65535.`,
      );
    case 'EACCES':
      return new ConfigError(
        `${portVariable}: this user may not listen on port ${port}. Set a port from 1024 to 65535, or allow it.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new ConfigError(
        `${hostVariable}: expected an address or name of this machine, such as 127.0.0.1 or 0.0.0.0; got ${JSON.stringify(host)} (${error.code}).`,
      );
    default:
      return error;
  }
}
