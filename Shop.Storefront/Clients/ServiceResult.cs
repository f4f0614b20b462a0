using System.Diagnostics.CodeAnalysis;

namespace Shop.Storefront.Clients;

/// <summary>The result of a call to a service: a value or a problem.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
internal sealed class ServiceResult<T> where T : class
{
    /// <summary>Creates the result of a call that succeeded.</summary>
    public ServiceResult(T value) => Value = value;

    /// <summary>Creates the result of a call that failed.</summary>
    public ServiceResult(ServiceProblem problem) => Problem = problem;

    /// <summary>The value, or null if there is a problem.</summary>
    public T? Value { get; }

    /// <summary>The problem, or null if there is a value.</summary>
    public ServiceProblem? Problem { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool Succeeded => Value is not null;
}
