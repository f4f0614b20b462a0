using System.Text.Json.Nodes;

namespace Shop.Insights.Queries;

/// <summary>
/// Describes the values of a parameter as a JSON schema. The values are strings, so that a validation problem names the parameter;
/// <see cref="QueryFields"/> checks them.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal abstract class ValueSchemaAttribute : Attribute
{
    /// <summary>Creates the schema.</summary>
    public abstract JsonObject CreateSchema();
}

/// <summary>A member of an enumeration, written in lower case.</summary>
internal sealed class EnumValueAttribute<T> : ValueSchemaAttribute where T : struct, Enum
{
    public override JsonObject CreateSchema() => new()
    {
        ["type"] = "string",
        ["enum"] = new JsonArray([.. Enum.GetNames<T>().Select(name => JsonValue.Create(name.ToLowerInvariant()))]),
    };
}

/// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>.</summary>
internal sealed class IntegerValueAttribute(int min, int max) : ValueSchemaAttribute
{
    public override JsonObject CreateSchema() => new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max };
}

/// <summary>True or false.</summary>
internal sealed class BooleanValueAttribute : ValueSchemaAttribute
{
    public override JsonObject CreateSchema() => new() { ["type"] = "boolean" };
}
