// Every command that habit knows, under the name that a person types.
export {};
