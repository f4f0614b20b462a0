using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Creates options that can change while the service runs. When a change is invalid, or a value does not bind, it is logged and the
/// last valid options are returned. The first options must be valid. While their section does not change, they are the same instance.
/// </summary>
/// <remarks>
/// An options monitor removes its options before it creates the changed ones. When their creation fails, the exception surfaces where
/// the configuration is reloaded, and the monitor throws at each later read until the configuration is valid again.
/// </remarks>
/// <typeparam name="TOptions">Options without named instances.</typeparam>
internal sealed class LastValidOptionsFactory<TOptions> : IOptionsFactory<TOptions>
    where TOptions : class
{
    private readonly IServiceProvider _services;
    private readonly OptionsFactory<TOptions> _inner;
    private readonly IConfigurationSection _section;
    private readonly Action<ILogger, Exception> _logRejection;
    private readonly Lock _lock = new();
    private TOptions? _lastValid;
    private string? _validConfiguration;
    private string? _rejectedConfiguration;

    /// <param name="services">Provides what configures and validates the options.</param>
    /// <param name="section">The configuration section of the options.</param>
    /// <param name="logRejection">Logs a rejected change with its reason.</param>
    public LastValidOptionsFactory(IServiceProvider services, string section, Action<ILogger, Exception> logRejection)
    {
        (_services, _logRejection) = (services, logRejection);
        _section = services.GetRequiredService<IConfiguration>().GetSection(section);
        _inner = new OptionsFactory<TOptions>(
            services.GetServices<IConfigureOptions<TOptions>>(),
            services.GetServices<IPostConfigureOptions<TOptions>>(),
            services.GetServices<IValidateOptions<TOptions>>());
    }

    /// <inheritdoc/>
    public TOptions Create(string name)
    {
        lock (_lock)
        {
            // A change of another section creates the options too. It must neither replace them nor log the same rejection again.
            var configuration = string.Join('\n', _section.AsEnumerable());
            if (_lastValid is not null && configuration == _rejectedConfiguration)
            {
                return _lastValid;
            }

            _rejectedConfiguration = null;
            if (_lastValid is not null && configuration == _validConfiguration)
            {
                return _lastValid;
            }

            try
            {
                (_lastValid, _validConfiguration) = (_inner.Create(name), configuration);
            }
            catch (Exception exception) when (_lastValid is not null)
            {
                _rejectedConfiguration = configuration;
                // Not injected: the logger factory depends on the options of log sampling.
                _logRejection(_services.GetRequiredService<ILogger<LastValidOptionsFactory<TOptions>>>(), exception);
            }

            return _lastValid;
        }
    }
}

/// <summary>Registers options that keep their last valid values.</summary>
internal static class LastValidOptionsExtensions
{
    /// <summary>Rejects invalid changes at run time: they are logged, and the previous options stay in effect.</summary>
    /// <param name="options">The options.</param>
    /// <param name="section">The configuration section of the options.</param>
    /// <param name="ruleType">The type of the values of the options' dictionary <c>Rules</c>.</param>
    /// <param name="logRejection">Logs a rejected change with its reason.</param>
    /// <returns>The options.</returns>
    public static OptionsBuilder<TOptions> RejectInvalidChanges<TOptions>(
        this OptionsBuilder<TOptions> options, string section, Type ruleType, Action<ILogger, Exception> logRejection)
        where TOptions : class
    {
        options.Services.AddSingleton<IOptionsFactory<TOptions>>(
            services => new LastValidOptionsFactory<TOptions>(services, section, logRejection));
        return options.Configure<IConfiguration>((_, configuration) =>
        {
            // The binder omits dictionary entries that do not bind, without an exception. Binding each rule alone throws.
            foreach (var rule in configuration.GetSection($"{section}:Rules").GetChildren())
            {
                rule.Get(ruleType);
            }
        });
    }
}
