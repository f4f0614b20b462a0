using Microsoft.Extensions.Options;
using Microsoft.FeatureManagement;
using Shop.Telemetry.Events;

namespace Shop.Storefront.Experiments;

/// <summary>Adds A/B experiments: variant feature flags of Microsoft.FeatureManagement.</summary>
internal static class ExperimentExtensions
{
    public static void AddExperiments(this IHostApplicationBuilder builder)
    {
        builder.Services.AddFeatureManagement();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped<ExperimentVariants>();
    }

    /// <summary>Validates the experiments. Call it when all routes are mapped, because experiments name routes.</summary>
    /// <exception cref="OptionsValidationException">An experiment is not valid.</exception>
    public static async Task ValidateExperimentsAsync(this WebApplication app)
    {
        var flags = new List<FeatureDefinition>();
        await foreach (var flag in app.Services.GetRequiredService<IFeatureDefinitionProvider>().GetAllFeatureDefinitionsAsync())
        {
            flags.Add(flag);
        }

        // The endpoints of the services are complete only when the application has started.
        var routes = new RouteFinder(new CompositeEndpointDataSource(((IEndpointRouteBuilder)app).DataSources));
        var result = ExperimentValidator.Validate(flags, ShopExperiments.All, routes.All);
        if (result.Failed)
        {
            throw new OptionsValidationException("feature_management", typeof(ShopExperiments), result.Failures);
        }
    }
}
