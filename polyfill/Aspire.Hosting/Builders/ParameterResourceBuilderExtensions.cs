using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Utils;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.ParameterResourceBuilderExtensions</c>.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter whose value comes from configuration: <c>Parameters:name</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.Add(new ParameterResource(name, otherwise => Configured(builder, name, otherwise), secret));

    /// <summary>Adds a parameter with a fixed value.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false)
    {
        if (publishValueAsDefault && secret)
        {
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        }

        return builder.Add(new ParameterResource(name, _ => valueGetter(), secret));
    }

    /// <summary>Adds a parameter with a value of its own when configuration has none; <paramref name="persist"/> keeps it in the user secrets.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        var otherwise = persist ? Persisted(builder, name, value) : value;

        return builder.Add(new ParameterResource(name, _ => Configured(builder, name, otherwise), secret) { Default = otherwise });
    }

    /// <summary>Creates a secret that is generated once and kept in the user secrets; it is not added to the model.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder,
        string name,
        bool lower = true,
        bool upper = true,
        bool numeric = true,
        bool special = true,
        int minLower = 0,
        int minUpper = 0,
        int minNumeric = 0,
        int minSpecial = 0)
    {
        var generated = new GenerateParameterDefault
        {
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
            MinLower = minLower,
            MinUpper = minUpper,
            MinNumeric = minNumeric,
            MinSpecial = minSpecial,
        };

        return new ParameterResource(name, otherwise => Configured(builder, name, otherwise), secret: true)
        {
            Default = Persisted(builder, name, generated),
        };
    }

    private static IResourceBuilder<ParameterResource> Add(this IDistributedApplicationBuilder builder, ParameterResource parameter) =>
        builder.AddResource(parameter).WithInitialState(new CustomResourceSnapshot
        {
            ResourceType = KnownResourceTypes.Parameter,
            Properties = [new(CustomResourceKnownProperties.Source, $"Parameters:{parameter.Name}")],
            State = KnownResourceStates.Waiting,
        });

    private static string Configured(IDistributedApplicationBuilder builder, string name, ParameterDefault? otherwise) =>
        builder.Configuration[$"Parameters:{name}"]
        // Environment variables cannot have a hyphen in their name.
        ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"]
        ?? otherwise?.GetDefaultValue()
        ?? throw new MissingParameterValueException(
            $"Parameter resource could not be used because configuration key 'Parameters:{name}' is missing and the Parameter has no default value.");

    private static PersistedDefault Persisted(IDistributedApplicationBuilder builder, string name, ParameterDefault value) =>
        new(((DistributedApplicationBuilder)builder).UserSecrets, $"Parameters:{name}", value);

    private sealed class PersistedDefault(UserSecretsStore secrets, string key, ParameterDefault inner) : ParameterDefault
    {
        public override string GetDefaultValue()
        {
            var value = inner.GetDefaultValue();
            secrets.Set(key, value);

            return value;
        }
    }
}
