using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Docs;

/// <summary>docs/settings.md, generated from the options classes and their doc comments.</summary>
internal static class SettingsPage
{
    private const string TableHeader = "| setting | default | meaning |\n|---|---|---|\n";

    private const string Header =
        """
        # Settings

        Every setting of the product, by configuration section. `Shop:` holds settings of all services; the others belong to one
        service. Set them in `appsettings.json`, in the environment (`Shop__Edge__Enabled=true`), or with `WithEnvironment` in
        the AppHost. An invalid value stops the service at its start with the name of the setting. The sampling sections and
        `Shop:CriticalRoutes` can be changed while a service runs; an invalid change is logged and rejected.

        A service does not start without a "required" setting. `NAME` stands for a name that you choose, and `INDEX` for 0, 1 and
        so on. A test generates this page from the code. The settings of libraries that matter most are at the end.

        """;

    private static readonly (string Name, string Default, string Meaning)[] _librarySettings =
    [
        ("`OTEL_EXPORTER_OTLP_ENDPOINT`", "none",
            "OTLP endpoint of all signals. Without it, and without one of a signal, nothing is exported. See [export](export.md)."),
        ("`OTEL_TRACES_SAMPLER`", "none",
            "`always_on`, `always_off` and `traceidratio` set a fixed `Shop:TraceSampling:Probability`; the section overrides them."),
        ("`OTEL_BSP_*`, `OTEL_BLRP_*`", "1 s, 512, 10,000", "Batch delay, batch size and queue length."),
        ("`OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`", "8192", "Maximum length of a text in a span or log record, in characters."),
        ("`OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY`", "`in_memory`", "Where exports wait to be retried: `in_memory` or `disk`."),
        ("`OTEL_METRICS_EXPORTER`", "none",
            "`otlp`, `prometheus` or `otlp,prometheus`. Without it, metrics are exported by OTLP where an endpoint is set, and otherwise " +
            "served to Prometheus. The AppHost sets both. See [metrics](metrics.md)."),
        ("`OTEL_METRIC_EXPORT_INTERVAL`", "10 s", "Interval of the metric export. The AppHost sets 1 s in Development."),
        ("`Authentication:Schemes:Bearer`", "none",
            "Which tokens are accepted: `Authority`, or `ValidIssuer` and `SigningKeys`; and `ValidAudiences`. Without it none is."),
        ("`AllowedHosts`", "`*`",
            "Names under which callers from outside reach the service, separated by semicolons. Other hosts get 400. " +
            "See [limits](limits.md#which-host-names-are-accepted)."),
        ("`Kestrel:Endpoints:management:Url`", "none", "Endpoint of `/metrics` and `/admin`. Without it a service has neither."),
        ("`Logging:Console:FormatterName`", "`json-lines`; `simple` in Development", "Format of console logs."),
        ("`Logging:Console:LogLevel:Default`", "`Warning` where logs are exported",
            "Level of console logs. Audit records are always written; by default, so are the start and stop of the service."),
        ("`Logging:Console:QueueFullMode`", "`DropWrite`", "Drops log lines instead of blocking when stdout is stalled."),
        ("`ConnectionStrings:rabbitmq`", "required by `AddMessaging` and `AddJourneyEventPublishing`", "`amqp://user:password@host:5672`"),
        ("`ConnectionStrings:redis`", "required by `AddRedis`", "`host:6379,password=...`"),
        ("`ConnectionStrings:catalogdb`, `ConnectionStrings:ordersdb`, `ConnectionStrings:identitydb`, `ConnectionStrings:insightsdb`",
            "required by `AddPostgres`",
            "`Maximum Pool Size` is 30, `Max Auto Prepare` 100, `Timeout` and `Command Timeout` 5 s, `lock_timeout` 2 s, " +
            "`idle_in_transaction_session_timeout` 15 s and `No Reset On Close` on, unless set. " +
            "Insights has up to 10 more for its background services. " +
            "A transaction-pooling proxy needs `Max Auto Prepare=0;Options=`."),
    ];

    public static string Generate(IEnumerable<Assembly> assemblies)
    {
        var page = new StringBuilder(Header);
        foreach (var assembly in assemblies)
        {
            //#if (template)
            // The template leaves the section of a service out together with the service.
            var condition = assembly.GetName().Name switch
            {
                "Shop.Storefront" => "storefront",
                "Shop.Insights" => "withInsights",
                _ => null,
            };
            page.Append(condition is null ? "" : $"<!--{'#'}if ({condition}) -->\n");
            //#endif
            var docs = new DocComments(assembly);
            var sections = from type in assembly.GetTypes()
                           let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)
                           where section is { IsLiteral: true }
                           orderby (string)section.GetRawConstantValue()!
                           select (Name: (string)section.GetRawConstantValue()!, Type: type);
            foreach (var (name, type) in sections)
            {
                page.Append(CultureInfo.InvariantCulture, $"\n## `{name}`\n\n{docs.Summary(type)}\n\n{TableHeader}");
                foreach (var row in Rows(docs, name, type, Activator.CreateInstance(type)!))
                {
                    page.Append(row);
                }
            }

            //#if (template)
            page.Append(condition is null ? "" : $"<!--{'#'}endif -->\n");
            //#endif
        }

        page.Append("\n## Settings of libraries\n\n").Append(TableHeader);
        foreach (var (name, value, meaning) in _librarySettings)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {name} | {value} | {meaning} |\n");
        }

        return page.ToString();
    }

    private static IEnumerable<string> Rows(DocComments docs, string section, Type type, object defaults)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var (name, valueType, value) = ($"{section}:{property.Name}", property.PropertyType, property.GetValue(defaults));
            if (valueType.IsGenericType && valueType.GetGenericTypeDefinition() == typeof(Dictionary<,>))
            {
                (name, valueType, value) = ($"{name}:NAME", valueType.GetGenericArguments()[1], null);
                yield return Row(name, GetDefault(property, null), docs.Summary(property));
                if (valueType.Assembly != type.Assembly)
                {
                    continue;
                }
            }
            else if (valueType.IsGenericType && valueType.GetGenericTypeDefinition() == typeof(List<>))
            {
                (name, value) = ($"{name}:INDEX", null);
            }
            else if (valueType.Assembly == type.Assembly && valueType.IsClass)
            {
                yield return Row(name, "see below", docs.Summary(property));
            }

            if (valueType.Assembly == type.Assembly && valueType.IsClass)
            {
                foreach (var row in Rows(docs, name, valueType, value ?? Activator.CreateInstance(valueType)!))
                {
                    yield return row;
                }
            }
            else
            {
                yield return Row(name, GetDefault(property, value), docs.Summary(property));
            }
        }
    }

    private static string GetDefault(PropertyInfo property, object? value) => value switch
    {
        null or "" => property.IsDefined(typeof(RequiredAttribute)) ? "required" : "none",
        bool flag => flag ? "`true`" : "`false`",
        TimeSpan time => $"`{Format(time)}`",
        IFormattable formattable => $"`{formattable.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };

    // "c" writes seven digits of a fraction, and none when there is no fraction.
    private static string Format(TimeSpan time)
    {
        var text = time.ToString("c", CultureInfo.InvariantCulture);
        return time.Ticks % TimeSpan.TicksPerSecond == 0 ? text : text.TrimEnd('0');
    }

    private static string Row(string name, string value, string description) => $"| `{name}` | {value} | {GetMeaning(description)} |\n";

    // "Gets or sets whether the rule applies." -> "Whether the rule applies."
    private static string GetMeaning(string summary)
    {
        string[] prefixes = ["Gets or sets ", "Gets "];
        return prefixes.FirstOrDefault(prefix => summary.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix
            ? $"{char.ToUpperInvariant(summary[prefix.Length])}{summary[(prefix.Length + 1)..]}"
            : summary;
    }
}
