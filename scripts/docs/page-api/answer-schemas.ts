import ts from 'typescript';

type Schema = Readonly<Record<string, unknown>>;

/** Schemas of answers by operation, and of the types that they share. */
export interface AnswerSchemas {
  readonly answers: Readonly<Record<string, Schema>>;
  readonly shared: Readonly<Record<string, Schema>>;
}

/**
 * JSON Schemas of the members of an interface, as JSON leaves their values: types of the server's own code are asked of the
 * TypeScript compiler, so that the document and the code cannot differ. Named object types are shared by their names.
 * Throws where a type has no form in JSON, or two types of one name differ.
 */
export function answerSchemas(file: string, name: string): AnswerSchemas {
  const program = programOf(file);
  const checker = program.getTypeChecker();
  const declared = program.getSourceFile(file)?.statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === name);
  if (declared === undefined) throw new Error(`${file} declares no interface ${name}.`);
  const walk = new TypeWalk(checker);
  const members = checker.getPropertiesOfType(checker.getTypeAtLocation(declared));
  const answers = Object.fromEntries(members.map((member) => [member.name, walk.schemaOf(checker.getTypeOfSymbol(member), member.name)]));
  return { answers, shared: Object.fromEntries([...walk.shared].toSorted(([a], [b]) => a.localeCompare(b))) };
}

const programs = new Map<string, ts.Program>();

/** Reading all types takes seconds, so each file's program is kept. */
function programOf(file: string): ts.Program {
  const program =
    programs.get(file) ??
    ts.createProgram([file], {
      target: ts.ScriptTarget.ES2024,
      // Without the types of browsers, which no answer has.
      lib: ['lib.esnext.d.ts'],
      module: ts.ModuleKind.NodeNext,
      strict: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
    });
  programs.set(file, program);
  return program;
}

class TypeWalk {
  readonly shared = new Map<string, Schema>();
  readonly #named = new Map<string, ts.Type>();
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** `at` says where it stands, for errors. */
  schemaOf(type: ts.Type, at: string): Schema {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: this.#checker.typeToString(type) === 'true' };
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.flags & ts.TypeFlags.StringLike) return { type: 'string' };
    if (type.flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (type.isUnion()) return this.#union(type.types, at);
    if (this.#checker.isArrayType(type) || this.#checker.isTupleType(type)) return this.#array(type as ts.TypeReference, at);
    if (type.symbol?.name === 'Date') return { type: 'string', format: 'date-time' };
    if (type.flags & ts.TypeFlags.Object || type.isIntersection()) return this.#object(type, at);
    throw new Error(`${at}: ${this.#checker.typeToString(type)} has no form in JSON.`);
  }

  #union(types: readonly ts.Type[], at: string): Schema {
    const there = types.filter((type) => !(type.flags & ts.TypeFlags.Undefined));
    const booleans = there.filter((type) => type.flags & ts.TypeFlags.BooleanLiteral);
    const literals: ts.Type[] = there.filter((type) => type.isStringLiteral() || type.isNumberLiteral());
    const others = there.filter((type) => !literals.includes(type) && !(booleans.length === 2 && booleans.includes(type)));
    const choices = [
      ...(literals.length > 1
        ? [{ enum: literals.map((type) => (type as ts.LiteralType).value).toSorted() }]
        : literals.map((type) => this.schemaOf(type as ts.Type, at))),
      ...(booleans.length === 2 ? [{ type: 'boolean' }] : []),
      ...others.map((type) => this.schemaOf(type, at)),
    ].toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    return choices.length === 1 ? (choices[0] ?? {}) : { anyOf: choices };
  }

  #array(type: ts.TypeReference, at: string): Schema {
    const items = this.#checker.getTypeArguments(type);
    if (this.#checker.isArrayType(type)) return { type: 'array', items: this.schemaOf(items[0] as ts.Type, `${at}[]`) };
    return { type: 'array', prefixItems: items.map((item, i) => this.schemaOf(item, `${at}[${i}]`)) };
  }

  #object(type: ts.Type, at: string): Schema {
    const name = nameOf(type);
    if (name === undefined) return this.#members(type, at);
    const known = this.#named.get(name);
    if (known !== undefined && known !== type) throw new Error(`${at}: two types are called ${name}.`);
    if (known === undefined) {
      // Before its members are walked: they may name it again.
      this.#named.set(name, type);
      this.shared.set(name, this.#members(type, name));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #members(type: ts.Type, at: string): Schema {
    if (type.getCallSignatures().length > 0) throw new Error(`${at}: a function has no form in JSON.`);
    const index = this.#checker.getIndexInfosOfType(type).find(({ keyType }) => keyType.flags & ts.TypeFlags.String)?.type;
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const member of this.#checker.getPropertiesOfType(type)) {
      const of = this.#checker.getTypeOfSymbol(member);
      const mayLack = (member.flags & ts.SymbolFlags.Optional) !== 0 || (of.isUnion() && of.types.some((each) => each.flags & ts.TypeFlags.Undefined));
      properties[member.name] = this.schemaOf(of, `${at}.${member.name}`);
      if (!mayLack) required.push(member.name);
    }
    return {
      type: 'object',
      properties,
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: index === undefined ? false : this.schemaOf(index, `${at}.*`),
    };
  }
}

/** Name of an interface, or of an alias, that takes no arguments. */
function nameOf(type: ts.Type): string | undefined {
  if (type.aliasSymbol !== undefined) return (type.aliasTypeArguments ?? []).length === 0 ? type.aliasSymbol.name : undefined;
  const isInterface = type.symbol?.declarations?.some(ts.isInterfaceDeclaration) === true;
  return isInterface && ((type as ts.InterfaceType).typeParameters ?? []).length === 0 && !isGeneric(type) ? type.symbol.name : undefined;
}

function isGeneric(type: ts.Type): boolean {
  return ((type as ts.TypeReference).typeArguments ?? []).length > 0;
}
