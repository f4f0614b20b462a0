namespace Shop.Web.Problems;

/// <summary>What a service adds to the exceptions that mean "try again in a moment" (see <see cref="TransientErrors"/>).</summary>
internal sealed class ProblemOptions
{
    public List<Func<Exception, bool>> Unavailable { get; } = [];
}
