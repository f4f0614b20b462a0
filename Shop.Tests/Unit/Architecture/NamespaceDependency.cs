using System.Reflection;
using System.Text.RegularExpressions;
using Mono.Cecil;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Architecture;

/// <summary>A dependency between two namespaces of a project, and the type or file that causes it.</summary>
internal sealed partial record NamespaceDependency(string From, string To, string Cause)
{
    /// <summary>
    /// Finds the dependencies of compiled types, and those of using directives: constants leave no dependency in compiled code.
    /// Namespaces that do not start with the name of the project, such as Microsoft.Extensions.Hosting, are left out.
    /// </summary>
    public static IReadOnlyList<NamespaceDependency> Find(string project)
    {
        var dependencies = FindInCode(project).Concat(FindInUsings(project)).Where(dependency =>
            dependency.From != dependency.To && IsIn(project, dependency.From) && IsIn(project, dependency.To));
        return [.. dependencies.DistinctBy(dependency => (dependency.From, dependency.To))];
    }

    public override string ToString() => $"{From} -> {To} ({Cause})";

    private static IEnumerable<NamespaceDependency> FindInCode(string project)
    {
        using var module = ModuleDefinition.ReadModule(Assembly.Load(project).Location);
        var dependencies =
            from type in module.GetTypes()
            from reference in GetReferences(type).SelectMany(Unwrap)
            select new NamespaceDependency(GetNamespace(type), GetNamespace(reference), type.Name);
        return [.. dependencies.Distinct()];
    }

    private static IEnumerable<NamespaceDependency> FindInUsings(string project) =>
        from file in Directory.GetFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        let code = File.ReadAllText(file)
        from directive in Using().Matches(code)
        select new NamespaceDependency(
            Namespace().Match(code).Groups["name"].Value, directive.Groups["name"].Value, Path.GetFileName(file));

    private static IEnumerable<TypeReference?> GetReferences(TypeDefinition type) =>
    [
        type.BaseType,
        .. type.Interfaces.Select(implementation => implementation.InterfaceType),
        .. type.CustomAttributes.Select(attribute => attribute.AttributeType),
        .. type.Fields.Select(field => field.FieldType),
        .. type.Methods.SelectMany(GetReferences),
    ];

    private static IEnumerable<TypeReference?> GetReferences(MethodDefinition method)
    {
        TypeReference?[] signature = [method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType)];
        return method.HasBody
            ? [.. signature, .. method.Body.Variables.Select(variable => variable.VariableType), .. GetOperands(method)]
            : signature;
    }

    private static IEnumerable<TypeReference?> GetOperands(MethodDefinition method) =>
        method.Body.Instructions.SelectMany(instruction => instruction.Operand switch
        {
            TypeReference type => [type],
            FieldReference field => [field.DeclaringType, field.FieldType],
            GenericInstanceMethod generic => [generic.DeclaringType, generic.ReturnType, .. generic.GenericArguments],
            MethodReference called => [called.DeclaringType, called.ReturnType],
            _ => Array.Empty<TypeReference?>(),
        });

    private static IEnumerable<TypeReference> Unwrap(TypeReference? type) => type switch
    {
        null => [],
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Unwrap)],
        TypeSpecification specification => Unwrap(specification.ElementType),
        _ => [type],
    };

    // A nested type has the namespace of the type that declares it.
    private static string GetNamespace(TypeReference type) => type.DeclaringType is { } outer ? GetNamespace(outer) : type.Namespace;

    private static bool IsIn(string project, string @namespace) => $"{@namespace}.".StartsWith($"{project}.", StringComparison.Ordinal);

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (static )?(?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
