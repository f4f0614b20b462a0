using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Shop.Web.Problems;

/// <summary>Describes what a value must be, in the terms of JSON.</summary>
internal static class JsonKind
{
    /// <summary>Finds the type of a value by its path in a body, such as <c>lines[0].sku</c>.</summary>
    /// <param name="type">The type of the body.</param>
    /// <param name="path">The path.</param>
    /// <param name="options">The options with which the body is read.</param>
    /// <returns>The type; <see langword="null"/> if the path leaves the known types.</returns>
    public static Type? Find(Type? type, string path, JsonSerializerOptions options)
    {
        foreach (var segment in path.Split('.', '['))
        {
            if (type is null || !options.TryGetTypeInfo(Nullable.GetUnderlyingType(type) ?? type, out var info))
            {
                return null;
            }

            type = segment.EndsWith(']') || info.Kind is JsonTypeInfoKind.Dictionary
                ? info.ElementType
                : info.Properties
                    .FirstOrDefault(property => property.Name.Equals(segment, StringComparison.OrdinalIgnoreCase))?.PropertyType;
        }

        return type;
    }

    /// <summary>Describes what a value of a type must be.</summary>
    public static string Describe(Type? type) => (type is null ? null : Nullable.GetUnderlyingType(type) ?? type) switch
    {
        null => "Has the wrong type.",
        { IsEnum: true } => "Must be one of the documented values.",
        var number when number == typeof(int) => $"Must be a whole number from {int.MinValue} to {int.MaxValue}.",
        var number when number == typeof(long) => $"Must be a whole number from {long.MinValue} to {long.MaxValue}.",
        var number when number == typeof(decimal) || number == typeof(double) => "Must be a number.",
        var flag when flag == typeof(bool) => "Must be true or false.",
        var id when id == typeof(Guid) => "Must be a UUID.",
        var date when date == typeof(DateTimeOffset) || date == typeof(DateTime) => "Must be a date and time: 2026-01-31T12:00:00Z.",
        var text when text == typeof(string) => "Must be text in UTF-8.",
        var list when typeof(IEnumerable).IsAssignableFrom(list) && !typeof(IDictionary).IsAssignableFrom(list) => "Must be a list.",
        { IsPrimitive: true } => "Must be a number.",
        _ => "Must be an object.",
    };
}
