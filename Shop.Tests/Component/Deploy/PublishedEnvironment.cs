using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Shop.Tests.Component.Deploy;

/// <summary>
/// The environment that the published model gives to the services, in a deployment: each resource is reached by its name, services listen
/// on 8080, 8081 (gRPC) and 9090 (management), and the value of a parameter is its name in angle brackets.
/// </summary>
internal sealed partial class PublishedEnvironment(JsonObject resources)
{
    // What a deployment says beside the model.
    private static readonly string[] _settingsOfTheDeployment =
    [
        "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_METRICS_EXPORTER", "AllowedHosts",
        "Shop__Proxies__Trusted", "Shop__JourneyEvents__SpillPath", "Catalog__DemoProducts", "Payment__Simulator__AllowInProduction",
    ];

    private static readonly Dictionary<string, int> _ports = new()
    {
        ["http"] = 8080,
        ["grpc"] = 8081,
        ["management"] = 9090,
        ["redis.tcp"] = 6379,
        ["postgres.tcp"] = 5432,
        ["rabbitmq.tcp"] = 5672,
    };

    /// <summary>The names of the services.</summary>
    public IReadOnlyList<string> Services { get; } =
        [.. resources.Where(resource => (string?)resource.Value!["type"] is "project.v0" or "project.v1").Select(resource => resource.Key)];

    /// <summary>Returns the variables of a service that its settings are read from.</summary>
    public SortedDictionary<string, string> Of(string service)
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in resources[service]!["env"]!.AsObject())
        {
            if (IsSetting(name))
            {
                environment[name] = name.StartsWith(ConnectionStrings, StringComparison.Ordinal)
                    ? GetConnectionString(name[ConnectionStrings.Length..])
                    : Resolve((string)value!);
            }
        }

        return environment;
    }

    /// <summary>Returns the variables of a deployment that the model has as well.</summary>
    public static SortedDictionary<string, string> WithoutSettingsOfTheDeployment(IDictionary<string, string> environment)
    {
        var result = new SortedDictionary<string, string>(environment, StringComparer.Ordinal);
        _settingsOfTheDeployment.ToList().ForEach(name => result.Remove(name));
        return result;
    }

    private const string ConnectionStrings = "ConnectionStrings__";

    // Aspire gives each address and each part of a connection string a second time, such as CATALOG_HTTP and CATALOGDB_HOST, which no
    // service reads. Nothing calls the management endpoint of another service, and no service has an endpoint with TLS. The forwarded
    // headers of every caller must not be believed (docs/limits.md), and exports are retried in memory by default.
    private static bool IsSetting(string name) =>
        name.Contains("__", StringComparison.Ordinal)
        && !(name.StartsWith("services__", StringComparison.Ordinal) && name.Split("__")[2] is "management" or "https");

    // A deployment has users of its own: a role for each database, which has its name, and one for the broker.
    private string GetConnectionString(string resource)
    {
        var published = (string)resources[resource]!["connectionString"]!;
        if (published == $"{{postgres.connectionString}};Database={resource}")
        {
            return $"Host=postgres;Port=5432;Username={resource};Password=<{resource}-password>;Database={resource}";
        }

        return resource == "rabbitmq" ? "amqp://services:<rabbitmq-password>@rabbitmq:5672" : Resolve(published);
    }

    private string Resolve(string value) => Expression().Replace(value, match =>
    {
        var (resource, path) = (match.Groups[1].Value, match.Groups[2].Value.Split('.'));
        return path switch
        {
            ["value"] when resources[resource]!["type"]!.GetValue<string>() == "parameter.v0" => $"<{resource}>",
            ["connectionString"] => GetConnectionString(resource),
            ["bindings", _, "host"] => resource,
            ["bindings", var binding, "port" or "targetPort"] => GetPort(resource, binding),
            ["bindings", var binding, "url"] => $"http://{resource}:{GetPort(resource, binding)}",
            ["bindings", _, "scheme"] => "http",
            _ => throw new InvalidOperationException($"Unknown expression {match.Value}."),
        };
    });

    private static string GetPort(string resource, string binding) =>
        (_ports.TryGetValue(binding, out var port) ? port : _ports[$"{resource}.{binding}"]).ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{([\w-]+)\.([\w.-]+)\}")]
    private static partial Regex Expression();
}

internal static class EnvironmentExtensions
{
    /// <summary>Returns one line for each variable, in an order that is the same for equal environments.</summary>
    public static string ToLines(this SortedDictionary<string, string> environment) =>
        string.Join('\n', environment.Select(variable => $"{variable.Key}={variable.Value}"));
}
