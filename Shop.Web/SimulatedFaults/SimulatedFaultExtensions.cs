using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Http;
using Shop.Web.Management;
using Shop.Web.SimulatedFaults;

namespace Microsoft.Extensions.Hosting;

/// <summary>Simulates the faults of <see cref="SimulatedFaultOptions"/>.</summary>
public static class SimulatedFaultExtensions
{
    /// <summary>Adds the options.</summary>
    public static void AddSimulatedFaults(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SimulatedFaultOptions, SimulatedFaultOptionsValidator>()
            .BindConfiguration(SimulatedFaultOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<SimulatedFaultOptions>, SimulatedFaultEnvironmentValidator>();
    }

    /// <summary>Adds the middleware. Probes and the management endpoint have no faults.</summary>
    public static void UseSimulatedFaults(this WebApplication app)
    {
        var faults = app.Services.GetRequiredService<IOptions<SimulatedFaultOptions>>().Value;
        if (!faults.IsAny)
        {
            return;
        }

        app.Use(async (context, next) =>
        {
            if (!context.IsManagement() && !HealthPaths.IsProbe(context.Request.Path))
            {
                await Task.Delay(faults.Delay, context.RequestAborted);
                if (Random.Shared.NextDouble() < faults.ErrorShare)
                {
                    context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                    return;
                }
            }

            await next(context);
        });
    }
}
