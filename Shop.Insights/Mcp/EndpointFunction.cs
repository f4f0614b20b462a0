using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Primitives;
using ModelContextProtocol.Protocol;
using Shop.Insights.Queries;
using DescriptionAttribute = System.ComponentModel.DescriptionAttribute;

namespace Shop.Insights.Mcp;

/// <summary>
/// An endpoint of the API as a function for agents. Its arguments are the parameters of the endpoint, and the same code reads and checks
/// them.
/// </summary>
/// <typeparam name="TParameters">The parameters of the endpoint, which describe the arguments.</typeparam>
/// <typeparam name="TQuery">The query.</typeparam>
/// <typeparam name="TResult">The result of the endpoint.</typeparam>
internal sealed class EndpointFunction<TParameters, TQuery, TResult> : AIFunction
{
    // The parameter of the endpoint that chooses CSV. A tool has no such argument: its results are JSON.
    private const string Format = "format";

    private readonly Func<QueryFields, IServiceProvider, TQuery> _read;
    private readonly Func<TQuery, QueryFields, IServiceProvider, CancellationToken, Task<TResult>> _answer;
    private readonly IReadOnlyList<string> _arguments;

    /// <param name="name">The name of the tool.</param>
    /// <param name="description">What the tool answers.</param>
    /// <param name="read">Reads the query from the fields. It is not executed if the fields have errors.</param>
    /// <param name="answer">Executes the query, or adds an error to the fields.</param>
    /// <param name="json">The JSON options of the API.</param>
    public EndpointFunction(
        string name,
        string description,
        Func<QueryFields, IServiceProvider, TQuery> read,
        Func<TQuery, QueryFields, IServiceProvider, CancellationToken, Task<TResult>> answer,
        JsonSerializerOptions json)
    {
        (Name, Description, JsonSerializerOptions) = (name, description, json);
        (_read, _answer) = (read, answer);
        var parameters = typeof(TParameters).GetProperties().Where(parameter => GetName(parameter) != Format).ToList();
        _arguments = [.. parameters.Select(GetName)];
        var properties = parameters.Select(parameter => KeyValuePair.Create(GetName(parameter), (JsonNode?)CreateSchema(parameter)));
        JsonSchema = JsonSerializer.SerializeToElement(new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(properties),
            ["required"] = new JsonArray([.. parameters.Where(IsRequired).Select(parameter => JsonValue.Create(GetName(parameter)))]),
            ["additionalProperties"] = false,
        });
        ReturnJsonSchema = AIJsonUtilities.CreateJsonSchema(typeof(TResult), serializerOptions: json);
    }

    public override string Name { get; }

    public override string Description { get; }

    public override JsonElement JsonSchema { get; }

    public override JsonElement? ReturnJsonSchema { get; }

    public override JsonSerializerOptions JsonSerializerOptions { get; }

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var services = arguments.Services!;
        var texts = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        var fields = new QueryFields(new QueryCollection(texts), services.GetRequiredService<TimeProvider>());
        foreach (var (name, value) in arguments)
        {
            if (!_arguments.Contains(name))
            {
                fields.AddError(name, $"The tool has no such argument. Its arguments are: {string.Join(", ", _arguments)}.");
            }
            else if (GetText(value) is { } text)
            {
                texts[name] = text;
            }
            else
            {
                fields.AddError(name, "The value must be a string, a number or a Boolean.");
            }
        }

        var query = _read(fields, services);
        object? result = null;
        try
        {
            result = fields.Errors.Count == 0 ? await _answer(query, fields, services, cancellationToken) : null;
        }
        catch (QueryLimitException exception)
        {
            fields.AddError(QueryLimitException.Field, exception.Message);
        }

        return fields.Errors.Count == 0 ? result : CreateError(fields.Errors);
    }

    // A parameter is text in a query string, and a string, a number or a Boolean in JSON.
    private static string? GetText(object? value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Null } => "",
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString(),
        // Some clients write 100 as 100.0.
        JsonElement { ValueKind: JsonValueKind.Number } number when number.TryGetDecimal(out var integer) && decimal.IsInteger(integer) =>
            integer.ToString("0", CultureInfo.InvariantCulture),
        JsonElement { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } other => other.GetRawText(),
        _ => null,
    };

    private static CallToolResult CreateError(IReadOnlyDictionary<string, string[]> errors) => new()
    {
        IsError = true,
        Content =
        [
            new TextContentBlock { Text = string.Join('\n', errors.Select(error => $"{error.Key}: {string.Join(' ', error.Value)}")) },
        ],
    };

    private static string GetName(PropertyInfo parameter)
    {
        var attributes = parameter.GetCustomAttributes(inherit: true);
        return attributes.OfType<IFromQueryMetadata>().FirstOrDefault()?.Name
            ?? attributes.OfType<IFromRouteMetadata>().Single().Name!;
    }

    private static bool IsRequired(PropertyInfo parameter) => parameter.GetCustomAttribute<RequiredAttribute>() is not null;

    private static JsonObject CreateSchema(PropertyInfo parameter)
    {
        var schema = parameter.GetCustomAttribute<ValueSchemaAttribute>()?.CreateSchema() ?? new() { ["type"] = "string" };
        schema["description"] = parameter.GetCustomAttribute<DescriptionAttribute>()!.Description;
        return schema;
    }
}
